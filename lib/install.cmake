# What `cmake --install` puts where, for find_package and for pkg-config.
include(CMakePackageConfigHelpers)

set_target_properties(varstore_shared PROPERTIES EXPORT_NAME varstore)
set_target_properties(varstore_static PROPERTIES EXPORT_NAME static)
install(TARGETS varstore_shared varstore_static EXPORT varstoreTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/varstore DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(VARSTORE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/varstore)
install(EXPORT varstoreTargets NAMESPACE varstore:: DESTINATION ${VARSTORE_CONFIG_DIR})
configure_package_config_file(varstoreConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/varstoreConfig.cmake
  INSTALL_DESTINATION ${VARSTORE_CONFIG_DIR})
# Until 1.0 a minor release may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/varstoreConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/varstoreConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/varstoreConfigVersion.cmake
  DESTINATION ${VARSTORE_CONFIG_DIR})

configure_file(varstore.pc.in ${CMAKE_CURRENT_BINARY_DIR}/varstore.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/varstore.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What `cmake --install` puts where, for find_package and for pkg-config; the
# result can be moved as a whole.
include(CMakePackageConfigHelpers)

set_target_properties(varstore_shared PROPERTIES EXPORT_NAME varstore)
set_target_properties(varstore_static PROPERTIES EXPORT_NAME static)
install(TARGETS varstore_shared varstore_static EXPORT varstoreTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/include/varstore
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(VARSTORE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/varstore)
install(EXPORT varstoreTargets NAMESPACE varstore:: DESTINATION ${VARSTORE_CONFIG_DIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/varstoreConfig.cmake.in
  ${PROJECT_BINARY_DIR}/lib/varstoreConfig.cmake
  INSTALL_DESTINATION ${VARSTORE_CONFIG_DIR})
# Until 1.0 a minor release may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lib/varstoreConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/lib/varstoreConfig.cmake
  ${PROJECT_BINARY_DIR}/lib/varstoreConfigVersion.cmake
  DESTINATION ${VARSTORE_CONFIG_DIR})

# The way from the .pc file back to the prefix, however deep the libdir is.
file(RELATIVE_PATH VARSTORE_PC_UP
  /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/varstore.pc.in
  ${PROJECT_BINARY_DIR}/lib/varstore.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lib/varstore.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS varstore_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
file(GLOB VARSTORE_MAN CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/man/*.1)
install(FILES ${VARSTORE_MAN} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

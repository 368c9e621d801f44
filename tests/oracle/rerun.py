"""What a program must do again, after a restart or beside itself.

The root is AUTO in all these runs, so what one run made the next one finds:
the same names, of the same variables, with the same values. A run may find
what was absent when the other asked, if it was made later or by the other
process; nothing else may change.
"""
import re


def repeats(program):
    """False for a program that creates whatever its scopes say."""
    return not any(op.get("getter") == "reuse:none" for op in program.ops)


def plain(told):
    """An outcome without the number of a variable, which counts appearances:
    a run that finds more counts on differently."""
    return re.sub(r" #\d+ ", " ", told)


def full_name(op, scope):
    name = op.get("name") or ""
    return name if scope == "/" else f"{scope}/{name}"


def listed(told):
    return set(told.split(" ")[1:])


def may_become(op, scope, names, first, then):
    """Whether an operation may do `then` where the first run did `first`."""
    if plain(first) == plain(then):
        return True
    if op.verb == "list":
        return listed(first) < listed(then) <= names
    name = full_name(op, scope)  # or below it, by a getter
    return (op.verb == "get" and first.startswith("! ")
            and any(n == name or n.startswith(name + "/") for n in names))


def names_at_end(program, told):
    at = max(i for i, op in enumerate(program.ops) if op.verb == "names")
    return {word.split(":")[0] for word in listed(told[at])}


def compare(program, first, then):
    """The first operation that did what it must not, or None."""
    names = names_at_end(program, first)
    scope = "/"
    for i, op in enumerate(program.ops):
        if not may_become(op, scope, names, first[i], then[i]):
            return i
        words = then[i].split(" ")
        if words[0] in ("in", "out"):
            scope = words[1]
    return None

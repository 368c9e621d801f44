"""Makes a program that shows a difference as small as it goes."""
from language import Op, Program


def without(ops, start, n):
    return ops[:start] + ops[start + n:]


def fewer_operations(program, shows):
    """Takes out runs of operations, long ones first."""
    ops = program.ops
    n = len(ops)
    while n >= 1:
        start = 0
        while start < len(ops):
            less = without(ops, start, n)
            if less and shows(Program(program.ident, less)):
                ops = less
            else:
                start += n
        n //= 2
    return Program(program.ident, ops)


def simpler(op):
    """The operation without one of its keys, each in turn."""
    for key in op.keys:
        if key not in ("as", "of", "key"):
            yield Op(op.verb, **{k: v for k, v in op.keys.items() if k != key})


def fewer_keys(program, shows):
    ops = list(program.ops)
    for i in range(len(ops)):
        found = True
        while found:
            found = False
            for op in simpler(ops[i]):
                if op.verb == "get" and op.get("name") is None:
                    continue
                if shows(Program(program.ident, ops[:i] + [op] + ops[i + 1:])):
                    ops[i], found = op, True
                    break
    return Program(program.ident, ops)


def shrink(program, shows):
    """`shows` tells whether a program still shows the difference."""
    before = None
    while before is None or len(program.ops) < before:
        before = len(program.ops)
        program = fewer_keys(fewer_operations(program, shows), shows)
    return program

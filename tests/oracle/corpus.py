"""Chooses programs to replay: few that show much."""
import compare
import generate

SEED = "corpus"
LOOKS = 3000       # programs looked at
FILL = 200         # programs beyond those that show something new
BYTES = 280_000    # of text
LONG = 4000        # bytes of a program that is left out


def kind(key, value):
    """What a key's value shows: the kind of an initializer, not its seed."""
    if key in ("init", "getter", "part", "reg", "con", "make"):
        return value.split(":")[0]
    if key == "shape":
        return "vague" if "?" in value else f"rank {value.count(',')}"
    if key in ("name", "default", "of", "as", "on", "n", "cache"):
        return ""
    return value


def features(program, judged, verdict):
    found = {("deviation", d.number, d.what) for d in verdict.met}
    for op, told in zip(program.ops, judged):
        words = told.split(" ")
        outcome = " ".join(words[:2]) if words[0] == "!" else words[0]
        found.add((op.verb, tuple(op.keys)))
        found.update((op.verb, k, kind(k, v), outcome)
                     for k, v in op.keys.items())
    return found


def choose(judge, driver):
    """The programs, with their outcomes."""
    seen, chosen, size = set(), [], 0
    programs = [generate.make(SEED, number) for number in range(LOOKS)]
    runs = driver.ask(programs, "--within")
    for number, (program, (_, ours)) in enumerate(zip(programs, runs)):
        if len(program.ops) > 24 and number % 8:
            continue
        program.outcomes = judge.ask(program)
        verdict = compare.compare(program, program.outcomes, ours)
        new = features(program, program.outcomes, verdict) - seen
        n = len(str(program))
        if (new or number < FILL) and n < LONG and size + n < BYTES:
            assert verdict.at is None, program
            seen |= new
            size += n
            chosen.append(program)
    return chosen

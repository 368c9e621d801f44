"""The two that play programs: TensorFlow in a process that stays, and the
driver in one for each batch."""
import os
import pathlib
import subprocess
import sys
import tempfile

import language

HERE = pathlib.Path(__file__).parent

# Hundreds of stores are made and removed: in memory, where there is such a
# place, since what is asked is not how they reach a disk.
MEMORY = "/dev/shm"
FOLDER = MEMORY if os.access(MEMORY, os.W_OK) else None


class Judge:
    """TensorFlow. It grows with what it has played: renewed now and then."""

    LIFE = 4000  # programs

    def __init__(self, python, log):
        self.python = python
        self.log = log
        self.process = None
        self.played = 0

    def start(self):
        self.process = subprocess.Popen(
            [self.python, "-B", str(HERE / "judge.py")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.played = 0

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process = None

    def ask(self, program):
        """The outcomes of one program."""
        if self.process is None or self.played == self.LIFE:
            self.stop()
            self.start()
        self.played += 1
        self.process.stdin.write(str(bare(program)))
        self.process.stdin.flush()
        lines = []
        while not lines or lines[-1] != "end\n":
            line = self.process.stdout.readline()
            if not line:
                sys.exit("TensorFlow's process ended: see its log")
            lines.append(line)
        (_, told), = language.read_runs(lines)
        return told


class Driver:
    """The library."""

    def __init__(self, path):
        self.path = path

    def ask(self, programs, *how):
        """The runs of some programs: [(id, outcomes), ...]."""
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            run = subprocess.run(
                [self.path, folder, *how], text=True, check=False,
                input="".join(str(bare(p)) for p in programs),
                stdout=subprocess.PIPE)
        if run.returncode != 0:
            sys.exit(f"{self.path} failed: {run.returncode}")
        return list(language.read_runs(run.stdout.splitlines()))


def bare(program):
    """The program without recorded outcomes."""
    return language.Program(program.ident, program.ops)

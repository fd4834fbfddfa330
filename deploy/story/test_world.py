"""How processes are ended: those of the demo are ours, but for one that sudo started."""
import contextlib
import io
import os
import signal
import subprocess
import tempfile
import unittest
from unittest import mock

import world


class OfRoot(subprocess.Popen):
    """A process that this user may not signal."""

    def send_signal(self, number):
        if self.poll() is None:
            raise PermissionError(1, "Operation not permitted")


def sleeper(kind=subprocess.Popen):
    return kind(["sleep", "60"], start_new_session=True)


class EndAll(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        environment = mock.patch.dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}")
        environment.start()
        self.addCleanup(environment.stop)
        patience = mock.patch.object(world, "END_WITHIN", 1)
        patience.start()
        self.addCleanup(patience.stop)

    def sudo(self, script):
        path = os.path.join(self.folder, "sudo")
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def end_all(self, *processes):
        for process in processes:
            self.addCleanup(process.wait)
            self.addCleanup(subprocess.Popen.send_signal, process, signal.SIGKILL)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            world.end_all([(f"process {number}", process) for number, process in enumerate(processes)])
        return said.getvalue()

    def test_what_sudo_started_is_ended_by_sudo(self):
        self.sudo('[ "$1" = -n ] && shift && exec "$@"\n')
        ours, other = sleeper(), sleeper(OfRoot)
        self.assertEqual(self.end_all(ours, other), "")
        self.assertEqual((ours.returncode, other.returncode), (-signal.SIGTERM, -signal.SIGTERM))

    def test_one_that_cannot_be_ended_keeps_no_other(self):
        self.sudo("exit 1\n")
        ours, other = sleeper(), sleeper(OfRoot)
        said = self.end_all(ours, other)
        self.assertEqual((ours.returncode, other.returncode), (-signal.SIGTERM, None))
        self.assertIn(f"process 1 (process {other.pid}) could not be told to end", said)

    def test_one_that_does_not_listen_is_killed(self):
        deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; echo; while :; do sleep 0.1; done"], start_new_session=True,
                                stdout=subprocess.PIPE)
        self.addCleanup(deaf.stdout.close)
        deaf.stdout.readline()
        self.assertIn("is killed", self.end_all(deaf))
        self.assertEqual(deaf.returncode, -signal.SIGKILL)

    def test_one_that_has_ended_is_no_trouble(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.assertEqual(self.end_all(ended), "")


if __name__ == "__main__":
    unittest.main()

"""How the story ends, and that its search finds what is there."""
import contextlib
import io
import os
import tempfile
import unittest
from unittest import mock

import secrecy
import story


class Told(unittest.TestCase):
    def tell(self, once, seconds_max=120, step=lambda: None, stay_up=lambda world: None):
        """The exit code and the last line of a story whose steps show all that they have to."""
        told = mock.Mock(steps=lambda: [lambda: None, step, lambda: None])
        options = mock.Mock(once=once)
        said = io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(story, "Story", lambda world: told))
            stack.enter_context(mock.patch.object(story, "stay_up", stay_up))
            stack.enter_context(mock.patch.object(story, "ONCE_SECONDS_MAX", seconds_max))
            stack.enter_context(contextlib.redirect_stdout(said))
            stack.enter_context(contextlib.redirect_stderr(said))
            code = story.tell(None, options)
        return code, said.getvalue().strip().split("\n")[-1]

    def test_the_last_line_says_how_long_it_took(self):
        code, line = self.tell(once=True)
        self.assertEqual(code, 0)
        self.assertRegex(line, r"every step showed what it had to, in \d+ s")

    def test_once_fails_where_it_took_too_long(self):
        code, line = self.tell(once=True, seconds_max=-1)
        self.assertEqual(code, 1)
        self.assertRegex(line, r"FAILED after \d+ s: .* longer than -1 s")
        self.assertEqual(self.tell(once=False, seconds_max=-1)[0], 0)

    def test_a_step_that_does_not_show_it_fails_it(self):
        def step():
            raise story.Failed("no trace")
        code, line = self.tell(once=True, step=step)
        self.assertEqual((code, line.split(": ")[-1]), (1, "no trace"))

    def test_ctrl_c_is_no_success_before_the_end(self):
        def interrupted(*_):
            raise KeyboardInterrupt
        self.assertEqual(self.tell(once=False, step=interrupted)[0], 130)
        self.assertEqual(self.tell(once=False, stay_up=interrupted)[0], 0)


class Search(unittest.TestCase):
    def setUp(self):
        file = tempfile.NamedTemporaryFile()
        self.addCleanup(file.close)
        self.file = file

    def search(self, *needles):
        self.file.flush()
        return secrecy.search([self.file.name], list(needles))

    def test_finds_what_stands_across_two_pieces(self):
        self.file.write(b"x" * 61 + b"needle" + b"y" * 61)
        with mock.patch.object(secrecy, "SEARCH_BYTES", 64):
            self.assertEqual(self.search(b"needle", b"needles"), ({b"needle"}, 128))

    def test_finds_what_stands_behind_a_hole(self):
        self.file.write(b"first")
        self.file.seek(1 << 30)
        self.file.write(b"last")
        found, octets = self.search(b"first", b"last")
        self.assertEqual(found, {b"first", b"last"})
        self.assertLess(octets, 1 << 20)

    def test_finds_nothing_in_holes_alone(self):
        os.ftruncate(self.file.fileno(), 1 << 20)
        self.assertEqual(self.search(b"first")[0], set())


if __name__ == "__main__":
    unittest.main()

"""What of the story goes into the READMEs, and where."""
import unittest

import transcript

TOLD = "\nSetting: x\n  made\n\n1. Asked for four fields; three are granted\n  a\n\n2. A value changes\n  b\n\nevery step, in 9 s\n"


class Transcript(unittest.TestCase):
    def test_some_steps_are_shown_whole_and_the_end_always(self):
        self.assertEqual("Setting: x\n  made\n\n1. Asked for four fields; three are granted\n  a\n\n...\n\nevery step, in 9 s\n",
                         transcript.shown_of(TOLD))

    def test_it_takes_the_place_of_the_one_before(self):
        readme = "above\n" + transcript.BEGIN + "old\n" + transcript.END + "below\n"
        once = transcript.put(readme, "new\n")
        self.assertEqual("above\n" + transcript.BEGIN + "new\n" + transcript.END + "below\n", once)
        self.assertEqual(once, transcript.put(once, "new\n"))

    def test_a_readme_without_its_marks_is_told(self):
        with self.assertRaises(ValueError):
            transcript.put("above\n" + transcript.BEGIN, "new\n")


if __name__ == "__main__":
    unittest.main()

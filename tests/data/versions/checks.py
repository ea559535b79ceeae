import unittest

import subject

subject.work("collecting")


def test_plain():
    assert subject.work("test") == "nothing"


class TestCase(unittest.TestCase):
    def setUp(self):
        subject.work("set up")

    def test_method(self):
        subject.work("method")

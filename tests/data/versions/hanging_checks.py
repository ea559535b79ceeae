import subject


def test_first():
    subject.work("first")


def test_that_hangs():
    subject.work("last")
    while True:
        pass

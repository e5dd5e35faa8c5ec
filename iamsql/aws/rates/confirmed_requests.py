"""Count the requests of a quota that passed in some account by its age. As many are safe in other accounts of that age."""

from __future__ import annotations

from bisect import bisect_right


class ConfirmedRequests:
    """The largest number of requests that passed in an account, by its age in seconds."""

    def __init__(self) -> None:
        """Start without requests."""
        self.ages, self.counts, self.announced = [0.0], [0], 0

    def count_at(self, age: float) -> int:
        """Return the number of requests that passed at an age or earlier."""
        return self.counts[bisect_right(self.ages, age) - 1]

    def add(self, age: float, count: int) -> bool:
        """Add requests of an account; return whether the others should be informed, as after every three percent more."""
        if count <= self.counts[-1]:
            return False
        while len(self.ages) > 1 and (self.ages[-1] >= age or self.counts[-1] > self.announced):
            self.ages.pop()
            self.counts.pop()
        self.ages.append(age)
        self.counts.append(count)
        if count < self.announced + max(1, self.announced // 32):
            return False
        self.announced = count
        return True

"""Methods that do the same, of which a subclass may have replaced one."""


def is_up_to_date(cls: type, fast: str, slow: str) -> bool:
    """Whether the fast form of a method is that of the slow one.

    It is not where a subclass replaces the slow form and inherits the fast
    one.

    Args:
        cls: The class.
        fast: Name of a method.
        slow: Name of the method that says what the fast one must do.
    """

    def depth(name: str) -> int:
        return next(
            i for i, base in enumerate(cls.__mro__) if name in vars(base)
        )

    return depth(fast) <= depth(slow)

"""Words that a question is made of besides what it asks about."""

from qa.text import tokens

VIETNAMESE = frozenset(
    tokens(
        """ai ạ bao nhiêu bởi bị các cái chỉ cho có của đã đang để đến do được gì gồm hay khi không là lúc làm mấy nào
        này ngày năm tháng giờ người nhất nhé nhỉ những ở ra rằng sao sẽ tại tất cả thế thì tính tổng cộng từ từng và
        vậy về vì việc với vào nữa như hôm lần đâu"""
    )
)

ENGLISH = frozenset(
    """a about all an and any are as at be been being but by can could did do does doing for from had has have having he
    her hers him his how i if in into is it its many may might most much must my no nor not of off on once only or other
    our out over own same she should so some such than that the their them then there these they this those through to
    too under until up us very was we were what when where which while who whom whose why will with would you
    your""".split()
)
"""Read without their sense, many of them are Vietnamese syllables: "to", "the", "do", "in", "an"."""

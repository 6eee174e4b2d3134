"""The demo's businesses, as plain data.

Times of day are (from, until) hours; prices are whole roubles or pounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DemoService:
    """``minutes`` long, ``price`` in whole units; ``capacity`` above one is a group, and ``staff_needed``
    masters do it together.
    """

    key: str
    category: str
    title: str
    minutes: int
    price: int
    capacity: int = 1
    staff_needed: int = 1
    buffer_after: int = 0
    description: str = ""
    addons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoAddOn:
    """``minutes`` and ``price`` on top of a service."""

    key: str
    title: str
    minutes: int
    price: int


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """``hours`` by weekday, 0 = Monday; ``breaks`` every working day."""

    name: str
    profession: str
    services: tuple[str, ...]
    hours: dict[int, Intervals]
    breaks: Intervals = ()
    bio: str = ""


@dataclass(frozen=True, slots=True)
class DemoBusiness:
    """Everything of one business."""

    slug: str
    name: str
    tagline: str
    description: str
    locale: str
    zone: str
    currency: str
    phone: str
    address: str
    directions: str
    latitude: float
    longitude: float
    hours: dict[int, Intervals]
    services: tuple[DemoService, ...]
    staff: tuple[DemoStaff, ...]
    clients: tuple[str, ...]
    phone_prefix: str
    addons: tuple[DemoAddOn, ...] = ()
    auto_confirm: bool = True
    occupancy: float = 0.5
    comments: tuple[str, ...] = field(default=())


def _days(days: range | tuple[int, ...], *intervals: tuple[float, float]) -> dict[int, Intervals]:
    return dict.fromkeys(days, intervals)


STUDIO = DemoBusiness(
    slug="demo",
    name="Студия „Окошко“",
    tagline="маникюр, стрижки, массаж",
    description="Небольшая студия в центре: пять мастеров, чай с чабрецом и никакой спешки.",
    locale="ru",
    zone="Europe/Moscow",
    currency="RUB",
    phone="+74950000012",
    address="Тверская, 12",
    directions="Вход со двора, второй этаж. От метро «Пушкинская» — пять минут пешком.",
    latitude=55.7642,
    longitude=37.6053,
    hours=_days(range(6), (10, 20)),
    services=(
        DemoService("manicure", "Ногти", "Маникюр", 60, 1500, buffer_after=0, addons=("design", "spa_hands")),
        DemoService("gel", "Ногти", "Маникюр с гель-лаком", 120, 2500, addons=("design", "removal")),
        DemoService("pedicure", "Ногти", "Педикюр", 90, 2200, addons=("removal",)),
        DemoService("haircut_w", "Волосы", "Женская стрижка", 60, 1800, addons=("styling",)),
        DemoService("haircut_m", "Волосы", "Мужская стрижка", 45, 1200),
        DemoService("colour", "Волосы", "Окрашивание", 150, 4500, addons=("styling",)),
        DemoService("back", "Тело", "Массаж спины", 40, 1600, buffer_after=10),
        DemoService("massage", "Тело", "Общий массаж", 90, 3000, buffer_after=10),
        DemoService("brows", "Лицо", "Коррекция бровей", 45, 1100),
        DemoService(
            "yoga",
            "Тело",
            "Йога",
            60,
            600,
            capacity=8,
            description="Мягкая практика для спины. Коврики есть, нужна удобная одежда.",
        ),
        DemoService(
            "four_hands",
            "Ногти",
            "В четыре руки",
            60,
            2900,
            staff_needed=2,
            description="Два мастера сразу: маникюр и педикюр за один час.",
        ),
    ),
    addons=(
        DemoAddOn("design", "Дизайн двух ногтей", 15, 300),
        DemoAddOn("spa_hands", "СПА-уход для рук", 20, 500),
        DemoAddOn("removal", "Снятие покрытия", 20, 300),
        DemoAddOn("styling", "Укладка", 30, 900),
    ),
    staff=(
        DemoStaff(
            "Анна Смирнова",
            "мастер маникюра и педикюра",
            ("manicure", "gel", "pedicure", "four_hands"),
            _days(range(5), (10, 19)),
            breaks=((14, 15),),
            bio="Десять лет в профессии, любит сложный дизайн.",
        ),
        DemoStaff(
            "Мария Иванова",
            "мастер маникюра, бровист",
            ("manicure", "gel", "brows", "four_hands"),
            _days((1, 2, 3, 4, 5), (11, 20)),
            breaks=((15, 15.5),),
            bio="Аккуратно, тихо, без спешки.",
        ),
        DemoStaff(
            "Ольга Петрова",
            "парикмахер-колорист",
            ("haircut_w", "haircut_m", "colour"),
            _days((0, 2, 3, 4, 5), (10, 20)),
            breaks=((13.5, 14.5),),
            bio="Окрашивание любой сложности и честный совет.",
        ),
        DemoStaff(
            "Дмитрий Соколов",
            "массажист",
            ("back", "massage"),
            {**_days((0, 1, 3), (10, 14), (15, 20)), **_days((4, 5), (12, 18))},
            bio="Медицинское образование, работает со спиной.",
        ),
        DemoStaff(
            "Ирина Волкова",
            "инструктор йоги, бровист",
            ("yoga", "brows"),
            {**_days((0, 2, 4), (10, 13), (17, 20)), **_days((1, 3, 5), (10, 16))},
            bio="Ведёт йогу для тех, кто много сидит.",
        ),
    ),
    clients=(
        "Екатерина", "Наталья", "Алина", "Светлана", "Виктория", "Юлия", "Полина", "Ксения", "Дарья",
        "Марина", "Елена", "Татьяна", "Софья", "Игорь", "Алексей", "Вера", "Людмила", "Надежда",
        "Павел", "Жанна",
    ),
    phone_prefix="+7900000",
    auto_confirm=False,
    comments=("Можно чуть пораньше?", "Нюд, без дизайна", "Приду с ребёнком", "Чувствительная кожа"),
)  # fmt: skip

BARBERS = DemoBusiness(
    slug="demo-london",
    name="Little Window Barbers",
    tagline="haircuts, beards, good coffee",
    description="A three-chair barbershop around the corner. Walk-ins when we can, bookings always.",
    locale="en",
    zone="Europe/London",
    currency="GBP",
    phone="+442079460012",
    address="12 Lamb's Conduit Street",
    directions="Two minutes from Russell Square, the door with the lit window.",
    latitude=51.5219,
    longitude=-0.1180,
    hours={**_days((1, 2, 3, 4, 5), (9, 18)), 6: ((10, 16),)},
    services=(
        DemoService("haircut", "Hair", "Haircut", 30, 25, buffer_after=5),
        DemoService("beard", "Beard", "Beard trim", 20, 15),
        DemoService("both", "Hair", "Haircut and beard", 45, 35, buffer_after=5),
        DemoService("kids", "Hair", "Kids' haircut", 30, 18),
    ),
    staff=(
        DemoStaff(
            "James Cole",
            "barber",
            ("haircut", "beard", "both", "kids"),
            _days((1, 2, 3, 4, 5), (9, 18)),
            breaks=((13, 13.5),),
        ),
        DemoStaff(
            "Oliver Reed",
            "barber",
            ("haircut", "beard", "both"),
            {**_days((2, 3, 4, 5), (10, 18)), 6: ((10, 16),)},
            breaks=((14, 14.5),),
        ),
        DemoStaff(
            "Emma Stone-Hall",
            "barber, kids' favourite",
            ("haircut", "kids"),
            {**_days((1, 4, 5), (9, 15)), 6: ((10, 16),)},
        ),
    ),
    clients=("Tom", "Harry", "George", "Arthur", "Leo", "Noah", "Theo", "Max", "Sam", "Ben", "Lucy", "Grace"),
    phone_prefix="+44770090",
    auto_confirm=True,
    comments=("Just a tidy-up, please", "First time here"),
)

BUSINESSES = (STUDIO, BARBERS)

"""What a visit is made of: masters, several services, add-ons, processing time, rooms, groups."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.domain.catalog import AnyStaffChoice, BookingRules, GapMode, RoomNeed, ServiceRules
from core.domain.placement import claims_of, opened
from core.domain.schedule import ExceptionType
from core.domain.visit import Claim, Placement, Refusal, SegmentPlan, SlotQuery, to_minutes
from tests.unit.slots.salon import DAY, Salon, clock, named, rule


def placement_of(salon: Salon, at: str, query: SlotQuery | None = None) -> Placement:
    found = salon.placed(at, query)
    assert isinstance(found, Placement), found
    return found


def parts(salon: Salon, placement: Placement) -> list[str]:
    """Who does what when."""
    catalogue = salon.catalogue
    return [
        f"{salon.shown(one.start)}-{salon.shown(one.end)} {catalogue.services[one.service_id].title} "
        f"{catalogue.staff[one.staff_id].name}"
        for one in placement.segments
    ]


def taken(salon: Salon, claims: tuple[Claim, ...]) -> set[str]:
    """Claims by name, with their buffers."""
    names = {one.id: one.name for one in salon.masters.values()} | {
        one.id: one.title for one in salon.rooms.values()
    }

    def shown(claim: Claim) -> str:
        lead, start, end, trail = (salon.shown(one) for one in claim[2:6])
        return f"{names.get(claim.resource_id, 'seat')}/{claim.lane} {lead} {start}-{end} {trail}"

    return {shown(claim) for claim in claims}


class TestAnyMaster:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon()
        salon.service("cut", 60)
        for name in ("Anna", "Boris", "Vera"):
            salon.master(name, "10:00-14:00", does=["cut"])
        return salon

    def test_the_least_loaded_of_that_day_is_chosen(self, salon: Salon) -> None:
        salon.load("Anna", minutes=60)
        salon.load("Boris", minutes=30)
        salon.load("Vera", minutes=45)
        salon.load("Boris", minutes=600, day=DAY + timedelta(days=1))
        assert salon.who("12:00") == ["Boris"]
        salon.take("Boris", "12:30-13:00")
        assert salon.who("12:00") == ["Vera"]
        assert [salon.catalogue.staff[one].name for one in salon.starts()[0].staff_ids] == [
            "Boris",
            "Vera",
            "Anna",
        ]

    def test_among_equals_the_owner_s_priority_then_the_position_decide(self, salon: Salon) -> None:
        assert salon.who("12:00") == ["Anna"]
        salon.masters["Vera"] = replace(salon.masters["Vera"], priority=-1)
        assert salon.who("12:00") == ["Vera"]

    def test_priority_first(self, salon: Salon) -> None:
        salon.rule_out(any_staff=AnyStaffChoice.PRIORITY)
        salon.masters["Vera"] = replace(salon.masters["Vera"], priority=-1)
        salon.load("Vera", minutes=600)
        salon.load("Anna", minutes=10)
        assert salon.who("12:00") == ["Vera"]
        salon.take("Vera", "12:00-13:00")
        assert salon.who("12:00") == ["Boris"], "among equals the less loaded one"

    def test_least_recently_booked(self, salon: Salon) -> None:
        salon.rule_out(any_staff=AnyStaffChoice.LEAST_RECENT)
        salon.booked_last(Anna=300, Boris=100, Vera=200)
        assert salon.who("12:00") == ["Boris"]
        salon.booked_last(Anna=300, Boris=100)
        assert salon.who("12:00") == ["Vera"], "never is longest ago"

    def test_the_chosen_one_is_taken_and_the_next_has_another(self, salon: Salon) -> None:
        seen = set()
        for _ in range(3):
            seen.add(salon.who("12:00")[0])
            salon.book("12:00")
        assert seen == {"Anna", "Boris", "Vera"}
        assert salon.placed("12:00") is Refusal.TAKEN

    def test_the_end_is_that_of_who_would_do_it(self, salon: Salon) -> None:
        salon.own("Boris", "cut", duration=90, price=700)
        salon.load("Anna", minutes=10)
        salon.load("Vera", minutes=20)
        start = salon.starts()[0]
        assert start.end - start.start == 90
        placement = placement_of(salon, "10:00")
        assert (placement.end, placement.segments[0].price) == (start.end, 700)
        assert salon.starts()[-1].end - salon.starts()[-1].start == 60, "13:00: too late for the long one"


class TestSeveralServices:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon()
        salon.service("colour", 60, buffer_before=10, buffer_after=30)
        salon.service("cut", 30, buffer_before=20, buffer_after=10)
        salon.master("Anna", "10:00-13:00")
        salon.master("Boris", "10:00-13:00")
        return salon

    def test_they_follow_one_another_without_a_gap_by_one_master(self, salon: Salon) -> None:
        placement = placement_of(salon, "10:00", salon.query("colour", "cut"))
        assert parts(salon, placement) == ["10:00-11:00 colour Anna", "11:00-11:30 cut Anna"]
        assert taken(salon, claims_of(placement)) == {
            "Anna/0 09:50 10:00-11:00 11:00",
            "Anna/0 11:00 11:00-11:30 11:40",
        }, "no buffers inside the visit"
        assert salon.times(salon.query("colour", "cut"))[-1] == "11:30"

    def test_one_master_for_all_comes_before_the_less_loaded_one(self, salon: Salon) -> None:
        salon.load("Anna", minutes=500)
        salon.take("Boris", "11:00-11:30")
        assert salon.who("10:00", salon.query("colour", "cut")) == ["Anna", "Anna"]

    def test_else_the_visit_is_handed_over_without_a_gap(self, salon: Salon) -> None:
        salon.take("Anna", "11:30-13:00")
        salon.take("Boris", "10:00-10:40")
        placement = placement_of(salon, "10:00", salon.query("colour", "cut"))
        assert parts(salon, placement) == ["10:00-11:00 colour Anna", "11:00-11:30 cut Boris"]
        assert taken(salon, claims_of(placement)) == {
            "Anna/0 09:50 10:00-11:00 11:30",
            "Boris/0 10:40 11:00-11:30 11:40",
        }

    def test_each_service_by_the_master_asked_for(self, salon: Salon) -> None:
        query = salon.query(("colour", "Boris"), ("cut", "Anna"))
        assert salon.who("10:00", query) == ["Boris", "Anna"]
        salon.take("Anna", "11:00-13:00")
        assert salon.times(query) == []

    def test_nobody_for_the_second_means_no_start(self, salon: Salon) -> None:
        salon.service("nails", 30)
        salon.master("Olga", "12:00-13:00", does=["nails"])
        assert salon.times(salon.query("colour", "nails")) == ["11:00", "11:30"]
        assert salon.placed("10:00", salon.query("colour", "nails")) is Refusal.OUTSIDE_HOURS

    def test_a_master_who_comes_back_does_not_stand_in_their_own_way(self, salon: Salon) -> None:
        salon.services["cut"] = replace(salon.services["cut"], duration=15)
        query = salon.query(("colour", "Anna"), ("cut", "Boris"), ("colour", "Anna"))
        claims = claims_of(placement_of(salon, "10:00", query))
        assert taken(salon, claims) == {
            "Anna/0 09:50 10:00-11:00 11:15",
            "Boris/0 10:40 11:00-11:15 11:25",
            "Anna/0 11:05 11:15-12:15 12:45",
        }

    def test_the_visit_is_in_one_location(self) -> None:
        salon = Salon()
        salon.service("colour", 60)
        salon.service("cut", 30)
        salon.master("Anna", at=("Main",), does=["colour"])
        salon.master("Boris", at=("Other",), does=["cut"])
        assert salon.placed("12:00", salon.query("colour", "cut")) is Refusal.STAFF_DOES_NOT_DO_IT
        salon.master("Vera", "12:00-13:00", at=("Main", "Other"), does=["cut"])
        assert salon.times(salon.query("colour", "cut")) == ["11:00", "11:30"]

    @pytest.mark.parametrize("gaps", [GapMode.OFF, GapMode.LIMIT])
    def test_a_long_visit_in_a_big_salon_is_answered_in_time(self, gaps: GapMode) -> None:
        """Ten services by any of twelve masters make 62 billion chains."""
        salon = Salon()
        salon.rule_out(gap_mode=gaps)
        for number in range(10):
            salon.service(f"service {number}", 30)
        for number in range(12):
            salon.master(f"master {number}", "10:00-20:00")
            salon.take(f"master {number}", "18:50-19:00")
        query = salon.query(*salon.services)
        began = time.perf_counter()
        assert len(set(salon.who("10:00", query))) == 1
        assert salon.placed("14:30", query) is Refusal.TAKEN
        assert salon.times(query)[-1] == "13:30"
        assert time.perf_counter() - began < 10


class TestAddOns:
    def test_they_lengthen_and_price_their_service(self) -> None:
        salon = Salon()
        salon.addon("mask", 20, 300)
        salon.addon("wash", 10, 50)
        salon.service(
            "cut", 30, addon_ids=(named("addon", "mask"), named("addon", "wash")), processing=(10, 10)
        )
        salon.master("Anna", "10:00-11:00")
        assert salon.times(salon.query("cut", addons=["mask"])) == ["10:00"]
        segment = placement_of(salon, "10:00", salon.query("cut", addons=["mask", "wash"])).segments[0]
        assert (segment.duration, segment.price) == (60, 1350)
        assert segment.addon_ids == (named("addon", "mask"), named("addon", "wash"))
        assert [end - start for start, end in segment.busy] == [10, 40], "the end of it is what gets longer"

    def test_a_group_ends_for_all_at_once(self) -> None:
        salon = Salon()
        salon.addon("mat", 20, 300)
        salon.service("yoga", 60, capacity=3, addon_ids=(named("addon", "mat"),))
        salon.master("Irina")
        segment = placement_of(salon, "10:00", salon.query("yoga", addons=["mat"], seats=2)).segments[0]
        assert (segment.duration, segment.price) == (60, 2600)


class TestProcessing:
    @pytest.fixture
    def salon(self) -> Salon:
        """Colour takes two hours, and works alone from 0:30 to 1:30."""
        salon = Salon()
        salon.service("colour", 120, buffer_before=10, buffer_after=20, processing=(30, 60))
        salon.service("cut", 60)
        salon.service("long cut", 70)
        salon.master("Anna", "10:00-14:00")
        return salon

    def test_it_frees_the_master_for_another_visit(self, salon: Salon) -> None:
        placement = placement_of(salon, "10:00", salon.query("colour"))
        assert taken(salon, claims_of(placement)) == {
            "Anna/0 09:50 10:00-10:30 10:30",
            "Anna/0 11:30 11:30-12:00 12:20",
        }
        salon.book("10:00", salon.query("colour"))
        assert salon.times(salon.query("cut")) == ["10:30", "12:30", "13:00"]
        assert salon.times(salon.query("long cut")) == ["12:30"]

    def test_but_not_the_room(self, salon: Salon) -> None:
        chair = salon.room("chair")
        for name in ("colour", "cut"):
            salon.services[name] = replace(salon.services[name], rooms=(chair,))
        salon.book("10:00", salon.query("colour"))
        assert salon.times(salon.query("cut")) == ["12:30", "13:00"]
        assert salon.placed("10:30", salon.query("cut")) is Refusal.NO_ROOM

    def test_it_lies_around_what_is_taken(self, salon: Salon) -> None:
        salon.take("Anna", "11:00-12:00")
        assert "10:30" in salon.times(salon.query("colour"))
        assert "10:00" not in salon.times(salon.query("colour"))

    def test_the_whole_visit_is_in_working_hours(self, salon: Salon) -> None:
        assert salon.times(salon.query("colour"))[-1] == "12:00"

    def test_a_master_who_is_faster_than_the_processing_is_busy_all_the_time(self, salon: Salon) -> None:
        salon.own("Anna", "colour", duration=80)
        segment = placement_of(salon, "10:00", salon.query("colour")).segments[0]
        assert segment.busy == ((segment.start, segment.end),)


class TestRooms:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon()
        salon.place("Main")
        salon.room("blue")
        salon.room("green", places=2)
        salon.service("massage", 60, rooms=(named("room", "blue"), named("room", "green")), buffer_after=10)
        for name in ("Anna", "Boris", "Vera", "Olga"):
            salon.master(name, "10:00-12:00")
        return salon

    def rooms(self, salon: Salon, at: str) -> tuple[tuple[str, int], ...]:
        names = {one.id: one.title for one in salon.rooms.values()}
        return tuple((names[room], lane) for room, lane in placement_of(salon, at).segments[0].rooms)

    def test_any_room_in_the_service_s_order_and_its_lowest_free_place(self, salon: Salon) -> None:
        given: list[tuple[str, int]] = []
        for _ in range(3):
            given += self.rooms(salon, "10:00")
            salon.book("10:00")
        assert given == [("blue", 0), ("green", 0), ("green", 1)]
        assert salon.placed("10:00") is Refusal.NO_ROOM
        assert salon.placed("10:00").is_conflict  # type: ignore[union-attr]
        assert salon.times() == [], "buffers hold the rooms too, and there is no fourth one for Olga"

    def test_all_rooms_at_once(self, salon: Salon) -> None:
        salon.services["massage"] = replace(salon.services["massage"], room_need=RoomNeed.ALL)
        assert self.rooms(salon, "10:00") == (("blue", 0), ("green", 0))
        salon.take_room("green", "10:30-10:45", lane=0)
        assert self.rooms(salon, "10:00") == (("blue", 0), ("green", 1))
        salon.take_room("blue", "10:00-10:05")
        assert salon.placed("10:00") is Refusal.NO_ROOM

    def test_a_place_is_free_for_the_whole_visit_or_not_at_all(self, salon: Salon) -> None:
        salon.take_room("blue", "10:00-12:00")
        salon.take_room("green", "10:00-10:30", lane=0)
        salon.take_room("green", "10:40-11:00", lane=1)
        assert salon.times() == ["10:30", "11:00"]

    def test_rooms_of_another_location_are_no_help(self, salon: Salon) -> None:
        salon.master("Nina", at=("Other",))
        assert salon.placed("10:00", replace(salon.query(), location_id=named("place", "Other"))) is (
            Refusal.STAFF_DOES_NOT_DO_IT
        )

    def test_a_visit_stays_in_its_room(self, salon: Salon) -> None:
        salon.service("wrap", 30, rooms=(named("room", "blue"), named("room", "green")))
        for name in salon.masters:
            salon.own(name, "wrap")
        salon.take_room("blue", "10:00-10:30")
        first, second = placement_of(salon, "10:00", salon.query("massage", "wrap")).segments
        assert first.rooms == second.rooms == ((named("room", "green"), 0),)

    def test_a_room_handed_over_within_a_visit_needs_no_buffer(self, salon: Salon) -> None:
        salon.services["massage"] = replace(
            salon.services["massage"], rooms=(named("room", "blue"),), buffer_before=15
        )
        query = salon.query(("massage", "Anna"), ("massage", "Boris"))
        assert taken(salon, claims_of(placement_of(salon, "10:00", query))) == {
            "Anna/0 09:45 10:00-11:00 11:10",
            "Boris/0 10:45 11:00-12:00 12:10",
            "blue/0 09:45 10:00-11:00 11:00",
            "blue/0 11:00 11:00-12:00 12:10",
        }


class TestGroups:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon(rules=BookingRules(slot_step_minutes=60, min_notice_minutes=0))
        salon.room("hall")
        salon.service("yoga", 60, capacity=4, rooms=(named("room", "hall"),), buffer_after=15)
        salon.service("massage", 60)
        salon.master("Irina", "10:00-13:00")
        return salon

    def left(self, salon: Salon, query: SlotQuery | None = None) -> dict[str, int | None]:
        return {salon.shown(one.start): one.seats_left for one in salon.starts(query)}

    def test_a_session_is_opened_once_and_shared_by_its_seats(self, salon: Salon) -> None:
        assert self.left(salon) == {"10:00": 4, "11:00": 4, "12:00": 4}
        salon.book("10:00", salon.query("yoga", seats=2))
        assert self.left(salon) == {"10:00": 2, "12:00": 4}, "the buffer closes 11:00"
        salon.book("10:00")
        assert self.left(salon) == {"10:00": 1, "12:00": 4}
        assert self.left(salon, salon.query("yoga", seats=2)) == {"12:00": 4}
        salon.book("10:00")
        assert salon.placed("10:00") is Refusal.TAKEN
        assert salon.placed("10:00", salon.query("massage")) is Refusal.TAKEN

    def test_who_opens_it_takes_master_and_room_for_the_session_and_seats_for_themselves(
        self, salon: Salon
    ) -> None:
        placement = placement_of(salon, "10:00", salon.query("yoga", seats=2))
        with pytest.raises(ValueError, match="no id yet"):
            claims_of(placement)
        session = UUID(int=7)
        claims = claims_of(opened(placement, lambda: session))
        assert taken(salon, claims) == {
            "Irina/0 10:00 10:00-11:00 11:15",
            "hall/0 10:00 10:00-11:00 11:15",
            "seat/0 10:00 10:00-11:00 11:00",
            "seat/1 10:00 10:00-11:00 11:00",
        }
        assert {claim.session_id for claim in claims if claim.resource_id != session} == {session}
        assert {claim.session_id for claim in claims if claim.resource_id == session} == {None}

    def test_who_joins_it_takes_a_free_seat_and_nothing_else(self, salon: Salon) -> None:
        salon.book("10:00")
        placement = placement_of(salon, "10:00", salon.query("yoga", seats=2))
        assert opened(placement, UUID) == placement
        assert taken(salon, claims_of(placement)) == {
            "seat/1 10:00 10:00-11:00 11:00",
            "seat/2 10:00 10:00-11:00 11:00",
        }

    def test_a_seat_given_back_is_the_next_one_taken(self, salon: Salon) -> None:
        salon.book("10:00")
        salon.book("10:00")
        staff = named("staff", "Irina")
        session = salon.busy.sessions[staff][0]
        kept = session._replace(seats_taken=1, lanes=session.lanes[1:], booking_ids=session.booking_ids[1:])
        salon.busy = replace(salon.busy, sessions={staff: (kept,)})
        assert placement_of(salon, "10:00").segments[0].seats == (0,)

    def test_a_standing_session_is_joined_before_another_master_opens_one(self, salon: Salon) -> None:
        salon.master("Pavel", "10:00-13:00", does=["yoga"])
        salon.room("attic")
        salon.services["yoga"] = replace(
            salon.services["yoga"], rooms=(named("room", "hall"), named("room", "attic"))
        )
        salon.book("10:00", salon.query(("yoga", "Irina")))
        assert salon.who("10:00") == ["Irina"], "though Pavel has nothing to do"
        assert self.left(salon)["10:00"] == 3
        assert self.left(salon, salon.query(("yoga", "Pavel")))["10:00"] == 4

    def test_a_session_off_the_grid_is_offered_at_its_start(self, salon: Salon) -> None:
        salon.book("10:20", salon.query("yoga", override=True))
        assert list(self.left(salon)) == ["10:20", "12:00"]
        assert salon.placed("10:25") is Refusal.OFF_GRID

    def test_no_seat_is_offered_on_a_day_off(self, salon: Salon) -> None:
        salon.book("10:00")
        salon.exception(ExceptionType.CLOSED, of="Irina")
        assert salon.times() == []
        assert salon.placed("10:00") is Refusal.OUTSIDE_HOURS

    def test_a_session_is_joined_where_it_is(self, salon: Salon) -> None:
        salon.services["yoga"] = replace(salon.services["yoga"], rooms=())
        salon.master("Irina", "10:00-13:00", at=("Main", "Other"), does=["yoga"])
        main, other = named("place", "Main"), named("place", "Other")
        salon.book("10:00", replace(salon.query(), location_id=main))
        assert "10:00" in salon.times(replace(salon.query(), location_id=main))
        assert "10:00" not in salon.times(replace(salon.query(), location_id=other))

    def test_what_follows_a_session_begins_when_that_session_ends(self, salon: Salon) -> None:
        salon.book("10:00")
        salon.services["yoga"] = replace(salon.services["yoga"], duration=90)
        salon.master("Anna", "10:00-13:00", does=["massage"])
        query = salon.query("yoga", ("massage", "Anna"))
        assert parts(salon, placement_of(salon, "10:00", query))[1] == "11:00-12:00 massage Anna"
        salon.take("Anna", "11:00-11:10")
        assert "10:00" not in salon.times(query)

    def test_a_session_longer_than_the_service_is_now_can_only_be_the_last(self, salon: Salon) -> None:
        salon.book("11:00")
        salon.services["yoga"] = replace(salon.services["yoga"], duration=30)
        salon.master("Anna", "10:00-13:00", does=["massage"])
        assert placement_of(salon, "11:00").end - placement_of(salon, "11:00").start == 60
        assert "11:00" not in salon.times(salon.query("yoga", ("massage", "Anna")))
        assert "10:00" in salon.times(salon.query(("massage", "Anna"), "yoga"))

    def test_another_service_at_the_same_time_is_no_session_of_this_one(self, salon: Salon) -> None:
        salon.service("stretching", 60, capacity=4)
        salon.own("Irina", "stretching")
        salon.book("10:00")
        assert salon.placed("10:00", salon.query("stretching")) is Refusal.TAKEN

    def test_a_visit_goes_on_to_a_standing_session(self, salon: Salon) -> None:
        salon.master("Anna", "09:00-13:00", does=["massage"])
        salon.services["massage"] = replace(salon.services["massage"], duration=40)
        salon.book("11:00")
        query = salon.query(("massage", "Anna"), "yoga")
        placement = placement_of(salon, "10:20", query)
        assert parts(salon, placement) == ["10:20-11:00 massage Anna", "11:00-12:00 yoga Irina"]
        assert placement.segments[1].session_id == salon.busy.sessions[named("staff", "Irina")][0].id
        assert salon.times(query) == ["10:20"], "off the grid, because the session fixes it"


class TestGaps:
    @pytest.fixture
    def salon(self) -> Salon:
        """Free from 10 to 13; nothing shorter than an hour can be booked."""
        salon = Salon()
        salon.service("cut", 60)
        salon.service("colour", 90)
        salon.master("Anna", "10:00-13:00")
        return salon

    def ranks(self, salon: Salon, query: SlotQuery | None = None) -> dict[str, int]:
        return {salon.shown(one.start): one.rank for one in salon.starts(query)}

    def test_starts_are_ranked_by_what_they_leave(self, salon: Salon) -> None:
        assert set(self.ranks(salon).values()) == {0}, "off by default"
        salon.rule_out(gap_mode=GapMode.RANK)
        assert self.ranks(salon) == {"10:00": 0, "10:30": 1, "11:00": 0, "11:30": 1, "12:00": 0}
        assert salon.following(2, days=0) == ["03 10:00", "03 11:00"]
        assert salon.following(4, days=0) == ["03 10:00", "03 10:30", "03 11:00", "03 12:00"]

    def test_starts_that_leave_an_unusable_remainder_are_dropped(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.LIMIT)
        assert salon.times() == ["10:00", "11:00", "12:00"]
        assert salon.placed("10:30") is Refusal.LEAVES_GAP
        salon.book("11:00")
        assert salon.times() == ["10:00", "12:00"]

    def test_a_window_never_loses_its_last_start(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.LIMIT)
        salon.take("Anna", "11:45-13:00")
        assert self.ranks(salon) == {"10:00": 1, "10:30": 1}, "both leave half an hour: better than nothing"
        assert salon.days() == {DAY}

    def test_what_is_usable_goes_by_the_master_s_shortest_service(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.LIMIT)
        salon.service("trim", 30)
        salon.master("Boris", "10:00-13:00", does=["trim", "cut"])
        assert salon.times(salon.query(("cut", "Anna"))) == ["10:00", "11:00", "12:00"]
        assert len(salon.times(salon.query(("cut", "Boris")))) == 5
        salon.services["trim"] = replace(salon.services["trim"], online=False)
        assert len(salon.times(salon.query(("cut", "Boris")))) == 3, "what can't be booked fills no gap"

    def test_the_tightest_start_counts_though_the_grid_leaves_a_crumb(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.LIMIT)
        salon.take("Anna", "09:30-10:10")
        assert salon.times() == ["10:30", "12:00"], "10:30 is as near to the visit before as the grid allows"

    def test_a_master_without_a_gap_comes_before_one_with(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.RANK)
        salon.master("Boris", "10:30-13:30", does=["cut"])
        assert salon.who("10:30") == ["Boris"]
        assert salon.who("11:00") == ["Anna"]

    @pytest.mark.parametrize("mode", [GapMode.RANK, GapMode.LIMIT])
    def test_what_was_listed_is_not_refused_because_a_minute_has_passed(self, mode: GapMode) -> None:
        salon = Salon()
        salon.service("cut", 60)
        salon.master("Anna", "10:00-18:00")
        salon.rule_out(gap_mode=mode, min_notice_minutes=60)
        salon.now = salon.instant("11:00")
        before = {at: salon.placed(at) for at in salon.times()}
        assert "13:00" in before
        salon.now = salon.instant("11:01")
        assert {at: salon.placed(at) for at in salon.times()} == {
            at: found for at, found in before.items() if at != "12:00"
        }

    def test_what_is_left_has_to_fit_with_its_buffers(self) -> None:
        salon = Salon()
        salon.service("long", 60)
        salon.service("short", 30, buffer_before=15, buffer_after=15)
        salon.master("Anna", "10:00-12:00")
        salon.rule_out(gap_mode=GapMode.LIMIT)
        assert salon.times(salon.query("long")) == ["10:00", "11:00"]
        salon.book("11:00", salon.query("long"))
        assert salon.times(salon.query("short")) == ["10:00"]

    def test_between_neighbours_the_larger_buffer_counts(self) -> None:
        salon = Salon(rules=BookingRules(slot_step_minutes=15, min_notice_minutes=0))
        salon.service("long", 60, buffer_before=30)
        salon.service("short", 30, buffer_after=15)
        salon.master("Anna", "10:00-13:00")
        salon.take("Anna", "09:00-10:00", after=15)
        salon.rule_out(gap_mode=GapMode.LIMIT)
        times = salon.times(salon.query("long"))
        assert times == ["10:30", "11:15", "11:30", "12:00"], (
            "10:15 for the short one, and half an hour between"
        )

    def test_a_remainder_is_usable_only_at_a_time_of_its_own_grid(self) -> None:
        salon = Salon()
        salon.service("long", 60)
        salon.service("short", 30, rules=ServiceRules(slot_step_minutes=60))
        salon.master("Anna", "10:30-14:00")
        salon.rule_out(gap_mode=GapMode.LIMIT)
        times = salon.times(salon.query("long"))
        assert "11:00" not in times, "the short one can't begin at half past ten"
        assert times == ["10:30", "11:30", "12:00", "13:00"]

    def test_what_a_start_leaves_is_judged_for_each_master(self) -> None:
        salon = Salon()
        salon.service("cut", 60)
        salon.service("nails", 60)
        salon.master("Anna", "10:00-14:00", does=["cut"])
        salon.master("Boris", "11:30-15:00", does=["nails"])
        salon.rule_out(gap_mode=GapMode.RANK)
        both = salon.query("cut", "nails")
        assert self.ranks(salon, both) == {
            "10:30": 1,
            "11:00": 1,
            "11:30": 0,
            "12:00": 0,
            "12:30": 1,
            "13:00": 0,
        }

    def test_a_marked_start_counts_as_half_an_hour_farther(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.RANK)
        assert salon.nearest("10:25") == ["03 10:00", "03 10:30", "03 11:00"]
        assert salon.nearest("10:30", limit=1) == ["03 10:00"]

    def test_an_override_minds_no_gaps(self, salon: Salon) -> None:
        salon.rule_out(gap_mode=GapMode.LIMIT)
        assert isinstance(salon.placed("10:30", salon.query("cut", override=True)), Placement)


class TestLocations:
    def test_a_visit_is_at_the_location_asked_for_or_at_the_first_that_can(self) -> None:
        salon = Salon()
        salon.service("cut", 60)
        here, there = salon.place("Here"), salon.place("There")
        salon.master(
            "Anna",
            [rule("10:00-12:00", location_id=here), rule("12:00-14:00", location_id=there)],
            at=("Here", "There"),
        )
        assert salon.times() == ["10:00", "10:30", "11:00", "12:00", "12:30", "13:00"]
        assert salon.times(replace(salon.query(), location_id=there)) == ["12:00", "12:30", "13:00"]
        assert placement_of(salon, "12:00").segments[0].location_id == there

    def test_busy_here_is_busy_there(self) -> None:
        salon = Salon()
        salon.service("cut", 60)
        here, there = salon.place("Here"), salon.place("There")
        salon.master("Anna", "10:00-12:00", at=("Here", "There"))
        salon.book("10:00", replace(salon.query(), location_id=here))
        assert salon.times(replace(salon.query(), location_id=there)) == ["11:00"]


def test_the_plan_says_all_that_a_booking_keeps() -> None:
    salon = Salon()
    chair = salon.room("chair")
    salon.service("cut", 60, buffer_before=5, buffer_after=10, rooms=(chair,))
    salon.master("Anna")
    salon.own("Anna", "cut", duration=45, price=1500)
    placement = placement_of(salon, "11:00")
    start = to_minutes(salon.instant("11:00"))
    assert clock("11:00") == 660
    assert placement == Placement(
        start,
        start + 45,
        (
            SegmentPlan(
                service_id=named("service", "cut"),
                staff_id=named("staff", "Anna"),
                location_id=named("place", "Main"),
                start=start,
                end=start + 45,
                lead=start - 5,
                trail=start + 55,
                busy=((start, start + 45),),
                rooms=((chair, 0),),
                duration=45,
                price=1500,
            ),
        ),
    )

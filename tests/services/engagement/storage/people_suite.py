"""What every PeopleStore does; each adapter's test module binds `people` and
`customers`."""

from typing import Any

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.name_search import name_words
from services.engagement.domain.person import Person
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.people import PeopleStore, PersonRecord


def told(customer: str, revision: int = 1, **identity: Any) -> PersonRecord:
    return PersonRecord(customer, revision, Person(customer=customer, **identity))


async def found(people: PeopleStore, text: str, most: int = 100) -> list[str]:
    """All customers found by name, over as many pages as it takes."""
    customers: list[str] = []
    after = None
    while True:
        page = await people.by_name(name_words(text), after, most)
        customers += [place.customer for place in page.places]
        after = page.after
        if after is None:
            return customers


class PeopleStoreSuite:
    """A person is what the newest record says, and can be looked up by it."""

    async def test_a_person_is_kept_whole(self, people: PeopleStore) -> None:
        ana = told(
            "c-1",
            name="Ana Müller",
            email="ana@example.com",
            phone="+4930123456",
            locale="de-DE",
            time_zone="Europe/Berlin",
            aliases=("shop:1", "email:x"),
            excluded="staff",
            leaderboard_name="Ana",
        )
        await people.keep([ana, told("c-2")])
        assert await people.of(["c-1", "c-2", "c-3"]) == {
            "c-1": ana.person,
            "c-2": Person(customer="c-2"),
        }
        assert await people.of([]) == {}

    async def test_a_stale_record_changes_nothing(self, people: PeopleStore) -> None:
        newest = told("c-1", 5, name="Ana", aliases=("shop:2",))
        stale = told("c-1", 4, name="Eva", aliases=("shop:1",))
        await people.keep([newest])
        await people.keep([stale])
        await people.keep([told("c-1", 5, name="Eva")])
        assert await people.of(["c-1"]) == {"c-1": newest.person}
        assert await found(people, "eva") == []
        assert await people.by_alias("shop:1") == []

    async def test_of_one_batch_the_newest_counts(self, people: PeopleStore) -> None:
        await people.keep([told("c-1", 2, name="Ana"), told("c-1", 1, name="Eva")])
        await people.keep([told("c-1", 3, name="Ida"), told("c-1", 4, name="Uta")])
        assert (await people.of(["c-1"]))["c-1"].name == "Uta"
        assert await found(people, "u") == ["c-1"]
        assert await found(people, "i") == []

    async def test_one_who_is_merged_has_no_identity(self, people: PeopleStore) -> None:
        old = told("c-1", 1, name="Ana", aliases=("shop:1",), leaderboard_name="A")
        await people.keep([old])
        await people.keep([PersonRecord("c-1", 2, None)])
        await people.keep([old])
        assert await people.of(["c-1"]) == {}
        assert await people.by_alias("shop:1") == []
        assert await found(people, "ana") == []
        assert await people.with_leaderboard_name("", 5) == []
        await people.keep([told("c-1", 3, name="Ana")])
        assert await found(people, "ana") == ["c-1"]

    async def test_of_the_forgotten_nothing_is_left(self, people: PeopleStore) -> None:
        record = told("c-1", 9, name="Ana", aliases=("shop:1",), leaderboard_name="A")
        await people.keep([record, told("c-2", name="Ana")])
        await people.forget(["c-1"])
        await people.forget(["c-1", "c-3"])
        assert (await people.of(["c-1", "c-2"])).keys() == {"c-2"}
        assert await people.by_alias("shop:1") == []
        assert await found(people, "ana") == ["c-2"]
        assert await people.with_leaderboard_name("", 5) == []
        await people.keep([told("c-1", 1, name="Eva")])
        assert (await people.of(["c-1"]))["c-1"].name == "Eva"

    async def test_what_an_erasure_took_is_not_taken_in_again(
        self, people: PeopleStore, customers: CustomerStore
    ) -> None:
        old, back = told("c-1", 5, name="Ana"), told("c-1", 6, name="Eva")
        await people.keep([old])
        await customers.erase("c-1", "1")
        await people.forget(["c-1"])
        await customers.keep([CustomerRecord("c-1", 5, "c-2")])
        await people.keep([old])
        assert await people.of(["c-1"]) == {}
        await customers.keep([CustomerRecord("c-1", 6)])
        await people.keep([back])
        assert await people.of(["c-1"]) == {"c-1": back.person}

    async def test_an_alias_leads_to_whoever_has_it(self, people: PeopleStore) -> None:
        await people.keep(
            [told("c-2", aliases=("a:1", "a:2")), told("c-1", aliases=("a:2", "a:2"))]
        )
        assert await people.by_alias("a:1") == ["c-2"]
        assert await people.by_alias("a:2") == ["c-1", "c-2"]
        assert await people.by_alias("a:") == []
        assert await people.by_alias("a:\x00") == []

    async def test_any_word_of_a_name_leads_to_it(self, people: PeopleStore) -> None:
        await people.keep(
            [
                told("c-1", name="Ana-Maria Analova"),
                told("c-2", name="MÜLLER, Ana"),
                told("c-3", name="Straßer"),
                told("c-4", name="100% (Ltd.)"),
                told("c-5", name=None),
            ]
        )
        assert await found(people, "an") == ["c-1", "c-2"]
        assert await found(people, "ANALO") == ["c-1"]
        assert await found(people, "mu\u0308ll") == ["c-2"]
        assert await found(people, "strasse") == ["c-3"]
        assert await found(people, "100") == ["c-4"]
        assert await found(people, "a m") == ["c-1", "c-2"]
        assert await found(people, "ana muller") == []
        assert await found(people, "na") == []
        assert await found(people, "an.*") == ["c-1", "c-2"]
        assert await found(people, "\U0010ffff x") == []

    async def test_names_are_looked_through_in_bounded_steps(self, people: PeopleStore) -> None:
        everybody = [f"c-{n:02}" for n in range(25)]
        await people.keep([told(id, name=f"Anna Ann{n % 5} Bo") for n, id in enumerate(everybody)])
        in_steps = await found(people, "ann", most=4)
        assert sorted(in_steps) == everybody
        assert in_steps == await found(people, "ann")
        page = await people.by_name(["ann"], None, 10)
        assert len(page.places) == 10
        assert page.after == page.places[-1]

    async def test_those_on_leaderboards_are_streamed(self, people: PeopleStore) -> None:
        shown = [told(f"c-{n}", leaderboard_name=f"N{n}", name="x") for n in range(1, 8, 2)]
        await people.keep([*shown, *(told(f"c-{n}") for n in range(0, 8, 2))])
        first = await people.with_leaderboard_name("", 3)
        assert [one.customer for one in first] == ["c-1", "c-3", "c-5"]
        rest = await people.with_leaderboard_name("c-5", 3)
        assert [one.leaderboard_name for one in rest] == ["N7"]
        await people.keep([told("c-7", 2)])
        assert await people.with_leaderboard_name("c-5", 3) == []

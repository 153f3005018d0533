#include "daemon/link_events.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "daemon/link_backoff.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using protocol::JournalNumber;
using protocol::number_of;

namespace {

constexpr std::size_t plenty = 65'535;

struct Sent {
    std::uint64_t number = 0;
    std::uintptr_t tag = 0;
};

// What the pump asks for, read and published at once.
std::vector<Sent> publish(LinkEvents& events) {
    std::vector<Sent> sent;
    while (const auto wish = events.wish()) {
        REQUIRE(events.answered(wish->ticket, false));
        for (std::size_t i = 0; i < wish->count; ++i) {
            const auto number = number_of(wish->from) + i;
            sent.push_back({number, events.publishing(JournalNumber{number})});
        }
    }
    return sent;
}

std::uint64_t newest(std::optional<JournalNumber> number) {
    return number ? number_of(*number) : 0;
}

// A connection stands, and the first entry, which goes alone, was accepted.
void open(LinkEvents& events, std::size_t receive_maximum = plenty) {
    events.opened(receive_maximum);
    const auto first = publish(events);
    REQUIRE(first.size() == 1);
    static_cast<void>(events.accepted(first.front().tag));
}

LinkEvents opened(std::size_t in_flight, std::uint64_t sent, std::uint64_t head) {
    LinkEvents events{in_flight};
    events.start(JournalNumber{sent}, JournalNumber{head});
    open(events);
    return events;
}

}  // namespace

TEST_CASE("events: what a commit brings along goes out only behind all before it") {
    auto events = opened(4, 0, 1);
    CHECK(events.takes(JournalNumber{2}, 3));
    CHECK_FALSE(events.takes(JournalNumber{3}, 1));
    CHECK_FALSE(events.takes(JournalNumber{1}, 1));
    CHECK_FALSE(events.takes(JournalNumber{2}, 5));  // more than may be in flight
    events.grew(JournalNumber{9});
    const auto wish = events.wish();
    REQUIRE(wish);
    CHECK_FALSE(events.takes(JournalNumber{2}, 1));  // they are being read
    REQUIRE(events.answered(wish->ticket, false));
    CHECK(events.takes(JournalNumber{2}, 1));
    const auto tag = events.publishing(JournalNumber{2});
    CHECK(events.refused(tag));
    CHECK_FALSE(events.takes(JournalNumber{2}, 1));
    events.retry();
    CHECK_FALSE(events.takes(JournalNumber{2}, 1));  // one alone first, read from the store
    events.closed();
    CHECK_FALSE(events.takes(JournalNumber{2}, 1));
}

TEST_CASE("events: nothing is sent before a connection stands, and then one alone") {
    LinkEvents events{4};
    events.start(JournalNumber{0}, JournalNumber{3});
    CHECK_FALSE(events.wish());
    events.opened(plenty);
    const auto first = publish(events);
    REQUIRE(first.size() == 1);
    CHECK(newest(events.accepted(first.front().tag)) == 1);
    CHECK(publish(events).size() == 2);
}

TEST_CASE("events: no more are under way than may be, and they go on where they stopped") {
    auto events = opened(4, 10, 100);
    const auto sent = publish(events);
    REQUIRE(sent.size() == 4);
    CHECK(sent.front().number == 12);
    CHECK(newest(events.accepted(sent[0].tag)) == 12);
    CHECK(newest(events.accepted(sent[1].tag)) == 13);
    const auto more = publish(events);
    REQUIRE(more.size() == 2);
    CHECK(more.front().number == 16);
}

TEST_CASE("events: a broker that takes little at once leaves room for replies") {
    LinkEvents events{32};
    events.start(JournalNumber{0}, JournalNumber{100});
    open(events, 20);
    CHECK(publish(events).size() == 10);
    open(events, 1);
    CHECK(publish(events).size() == 1);
}

TEST_CASE("events: acknowledged out of order, they are accepted in order") {
    auto events = opened(4, 0, 5);
    const auto sent = publish(events);
    CHECK(newest(events.accepted(sent[2].tag)) == 0);
    CHECK(newest(events.accepted(sent[1].tag)) == 0);
    CHECK(events.depth() == 4);
    CHECK(newest(events.accepted(sent[0].tag)) == 4);
    CHECK(events.depth() == 1);
}

TEST_CASE("events: what was not acknowledged when the connection went comes again") {
    auto events = opened(4, 0, 5);
    const auto sent = publish(events);
    CHECK(newest(events.accepted(sent[0].tag)) == 2);
    CHECK(newest(events.accepted(sent[2].tag)) == 0);
    events.closed();
    CHECK_FALSE(events.wish());
    CHECK(newest(events.accepted(sent[1].tag)) == 0);
    open(events);
    const auto again = publish(events);
    REQUIRE(again.size() == 2);
    CHECK(again.front().number == 4);
}

TEST_CASE("events: a refused one stops the rest, and a single one is tried until it is taken") {
    auto events = opened(4, 0, 9);
    const auto sent = publish(events);
    CHECK(newest(events.accepted(sent[0].tag)) == 2);
    CHECK(events.refused(sent[1].tag));
    CHECK_FALSE(events.refused(sent[2].tag));
    CHECK(newest(events.accepted(sent[3].tag)) == 0);
    CHECK_FALSE(events.wish());
    events.retry();
    const auto probe = publish(events);
    REQUIRE(probe.size() == 1);
    CHECK(probe.front().number == 3);
    CHECK(events.refused(probe.front().tag));
    events.retry();
    const auto second = publish(events);
    REQUIRE(second.size() == 1);
    CHECK(newest(events.accepted(second.front().tag)) == 3);
    CHECK(publish(events).size() == 4);
}

TEST_CASE("events: asked for again, they come again from there, and nothing is accepted twice") {
    auto events = opened(4, 0, 4);
    for (const auto& sent : publish(events)) REQUIRE(events.accepted(sent.tag));
    events.send_from(JournalNumber{2});
    const auto again = publish(events);
    REQUIRE(again.size() == 3);
    CHECK(again.front().number == 2);
    CHECK_FALSE(events.accepted(again.front().tag));
    CHECK(events.depth() == 0);
}

TEST_CASE("events: asked for from a later number, none before it is passed over") {
    auto events = opened(2, 0, 8);
    static_cast<void>(publish(events));
    events.send_from(JournalNumber{7});
    CHECK(publish(events).empty());
    events.closed();
    events.opened(plenty);
    CHECK(publish(events).front().number == 2);
}

TEST_CASE("events: a replay that is cut goes on where it was") {
    LinkEvents events{2};
    events.start(JournalNumber{8}, JournalNumber{8});
    events.opened(plenty);
    events.send_from(JournalNumber{1});
    const auto sent = publish(events);
    REQUIRE(sent.size() == 1);
    static_cast<void>(events.accepted(sent[0].tag));
    events.closed();
    events.opened(plenty);
    CHECK(publish(events).front().number == 2);
}

TEST_CASE("events: an answer to a wish from before the connection was lost is thrown away") {
    auto events = opened(4, 0, 5);
    const auto wish = events.wish();
    REQUIRE(wish);
    events.closed();
    events.opened(plenty);
    CHECK_FALSE(events.answered(wish->ticket, false));
}

TEST_CASE("events: a journal that gives nothing is asked again only when it has grown") {
    auto events = opened(4, 0, 5);
    const auto wish = events.wish();
    REQUIRE(wish);
    REQUIRE(events.answered(wish->ticket, true));
    CHECK_FALSE(events.wish());
    events.grew(JournalNumber{6});
    CHECK(events.wish());
}

namespace {

// A broker that loses, refuses, reorders and is asked for replays; by its seed.
void live_through(std::uint32_t seed) {
    std::minstd_rand random{seed};
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    constexpr std::uint64_t head = 60;
    auto events = opened(1 + random() % 8, 0, head);
    std::vector<Sent> under_way;
    std::vector<bool> arrived(head + 1, false);
    arrived[1] = true;
    std::uint64_t accepted = 1;
    for (int step = 0; step < 100'000 && events.depth() > 0; ++step) {
        for (const auto& sent : publish(events)) under_way.push_back(sent);
        if (one_in(20)) {
            events.closed();
            under_way.clear();
            events.opened(1 + random() % 40);
        } else if (one_in(20)) {
            events.send_from(JournalNumber{1 + random() % head});
        } else if (one_in(10)) {
            events.retry();
        }
        if (under_way.empty()) continue;
        const auto at = static_cast<std::ptrdiff_t>(random() % under_way.size());
        const auto sent = under_way[static_cast<std::size_t>(at)];
        under_way.erase(under_way.begin() + at);
        if (one_in(10)) {
            static_cast<void>(events.refused(sent.tag));
            continue;
        }
        arrived[sent.number] = true;
        const auto before = accepted;
        accepted = std::max(accepted, newest(events.accepted(sent.tag)));
        for (auto number = before + 1; number <= accepted; ++number) REQUIRE(arrived[number]);
    }
    CHECK(accepted == head);
}

}  // namespace

TEST_CASE("events: whatever a broker does, none is accepted that did not arrive, and all do") {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        live_through(seed);
    }
}

TEST_CASE("backoff: each wait lies between the least and a bound that doubles up to the most") {
    using std::chrono::milliseconds;
    LinkBackoff backoff{milliseconds{100}, milliseconds{1'000}};
    for (int round = 0; round < 50; ++round) {
        milliseconds bound{100};
        for (int attempt = 0; attempt < 8; ++attempt) {
            bound = std::min(bound * 2, milliseconds{1'000});
            const auto wait = backoff.next();
            CHECK(wait >= milliseconds{100});
            CHECK(wait <= bound);
        }
        CHECK(backoff.longest() >= milliseconds{500});
        backoff.reset();
    }
}

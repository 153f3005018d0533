// Books that a patron brings back: from the card to the shut door.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using namespace std::chrono_literals;
using protocol::ReturnId;
using protocol::ReturnState;

namespace {

constexpr Milliseconds thanks_shown = 8s;

Refusal is_full(const Turn& turn) { return {Reason::returns_full, turn.s.spec.returns_elsewhere}; }

bool reads_readers_cards(const ReaderSpec& reader) {
    return std::any_of(reader.formats.begin(), reader.formats.end(), [](const ScanFormat& format) {
        return format.meaning == ScanMeaning::card || format.meaning == ScanMeaning::reader_card;
    });
}

std::optional<Refusal> why_not_now(Turn& turn) {
    if (!turn.s.spec.takes_returns) return Refusal{Reason::returns_off, {}};
    if (!turn.s.ledger.cabinet.in_service) return Refusal{Reason::cabinet_out_of_service, {}};
    if (turn.s.store_low) return Refusal{Reason::store_full, {}};
    if (!allocate(turn.s, SizeClass::small, false, For::returns)) return is_full(turn);
    // Anybody can cause these, with any card, which fills the record and wears the locks.
    auto& in_vain = turn.s.returns_in_vain;
    forget_older_than_an_hour(turn, in_vain);
    if (std::ssize(in_vain) >= turn.limits().returns_in_vain_an_hour) return is_full(turn);
    return {};
}

void refuse(Turn& turn, const Refusal& refusal) { turn.refuse(refusal.reason, refusal.argument); }

void hold(Turn& turn, Return& one, Compartment& c) {
    if (c.holder) std::abort();  // allocated, so it is free
    if (const auto before = turn.s.compartments.find(one.compartment);
        before != turn.s.compartments.end() && before->second.returned == one.id) {
        before->second.returned.reset();
    }
    c.returned = one.id;
    one.compartment = c.spec.number;
    turn.touch(one);
    turn.show_change();
}

void open_for(Turn& turn, const Return& one, Compartment& c) {
    Session& session = *turn.s.session;
    session.at = c.spec.number;
    session.returned = one.id;
    session.purpose = Purpose::returning;
    session.leave = authorise(turn, c, {.purpose = Purpose::returning, .means = session.means});
    show(turn, Step::opening);
}

void drop(Turn& turn, const Return& one) {
    turn.s.returns_in_vain.push_back(turn.now.uptime);
    turn.compartment(one.compartment)->returned.reset();
    turn.remove(one.id);
    turn.show_change();
}

void store_return(Turn& turn, Return& one, std::optional<AuthorisationId> leave,
                  std::optional<Reason> why) {
    one.state = ReturnState::stored;
    turn.touch(one);
    Fact fact{.kind = FactKind::return_stored,
              .book_return = one.id,
              .compartment = one.compartment,
              .authorisation = leave,
              .means = Means::card,
              .reason = why};
    if (!one.sealed.empty()) fact.sealed = std::exchange(one.sealed, {});
    turn.record(std::move(fact));
    turn.show_change();
}

void thank(Turn& turn) {
    show(turn, Step::return_thanks);
    turn.s.session->at.reset();
    turn.s.session->returned.reset();
    turn.s.session->idle_at = turn.now.uptime + thanks_shown;
}

}  // namespace

// Whose they are, a card alone tells: where none can be shown, nobody is asked for one.
bool takes_returns(const Cabinet::State& s) {
    const auto& readers = s.spec.readers;
    const bool can_show_card =
        s.spec.cards_by_hand ||
        std::any_of(readers.begin(), readers.end(), [&](const ReaderSpec& reader) {
            return reads_readers_cards(reader) && !s.readers_gone.contains(reader.id);
        });
    return s.spec.takes_returns && can_show_card;
}

bool brings_books(const Turn& turn) {
    return turn.s.session &&
           (turn.s.session->step == Step::return_card || turn.s.session->step == Step::return_size);
}

void on_return_asked(Turn& turn) {
    if (is_busy(turn)) return turn.refuse(Reason::busy);
    if (!takes_returns(turn.s)) return turn.refuse(Reason::returns_off);
    if (const auto why = why_not_now(turn)) return refuse(turn, *why);
    make_room(turn);
    turn.s.session = Session{.means = Means::card, .purpose = Purpose::returning};
    ask(turn, Step::return_card);
}

void on_return_card(Turn& turn, const SecretHash& card, const std::string& sealed) {
    const auto& before = turn.s.session->card;
    if (before && *before != card) return turn.refuse(Reason::busy);  // a bystander's
    const auto& returns = turn.s.ledger.returns;
    const auto here = std::count_if(returns.begin(), returns.end(),
                                    [&](const auto& entry) { return entry.second.card == card; });
    if (here >= turn.limits().returns_a_card) {
        return turn.refuse(Reason::returns_limit, std::to_string(turn.limits().returns_a_card));
    }
    turn.s.session->card = card;
    turn.s.session->sealed = sealed;
    ask(turn, Step::return_size);
}

void on_size_chosen(Turn& turn, SizeClass size) {
    if (!turn.s.session) return turn.refuse(Reason::no_session);
    Session& session = *turn.s.session;
    if (session.step != Step::return_size) return turn.refuse(Reason::wrong_session);
    if (const auto why = why_not_now(turn)) return refuse(turn, *why);
    const auto number = allocate(turn.s, size, false, For::returns);
    if (!number) return refuse(turn, is_full(turn));
    const auto last = protocol::number_of(turn.s.ledger.cabinet.last_authorisation);
    const ReturnId id{last + 1};
    Return& one = turn.s.ledger.returns[id] = {.id = id,
                                               .state = ReturnState::opening,
                                               .compartment = *number,
                                               .size = size,
                                               .card = session.card,
                                               .sealed = session.sealed};
    Compartment& c = *turn.compartment(*number);
    hold(turn, one, c);
    open_for(turn, one, c);
}

// From now on something may lie inside.
void return_opened(Turn& turn, const Compartment& c) {
    Return& one = *turn.book_return(*c.returned);
    if (one.state != ReturnState::opening) return;
    one.state = ReturnState::open;
    turn.touch(one);
}

void return_settled(Turn& turn, Compartment& c, bool attended) {
    Return& one = *turn.book_return(*c.returned);
    const AuthorisationId leave = c.opening->leave.id;
    const Occupancy inside = sensed(c);
    if (attended && c.opening->on_shut == Answer::still_there) {
        // Anybody can say so, with any card: where a sensor sees nothing, its word stands.
        if (inside != Occupancy::empty && !MUTANT(75)) set_unexplained(turn, c, true);
        return move_return(turn, c, Reason::sensed_occupied, attended);
    }
    // What lies inside after all, though it was too large, is theirs.
    if (attended && c.opening->on_shut == Answer::too_large && inside != Occupancy::occupied) {
        return move_return(turn, c, Reason::too_large, attended);
    }
    switch (inside) {
        case Occupancy::occupied:
            store_return(turn, one, leave, {});
            if (attended) thank(turn);
            return;
        case Occupancy::empty:
            if (MUTANT(64)) return store_return(turn, one, leave, {});
            if (attended) return ask(turn, Step::sensed_empty);
            return drop(turn, one);
        case Occupancy::unknown:
            if (attended) return ask(turn, Step::confirm_deposit);
            return resolve_return(turn, c, Reason::no_session);
    }
    std::abort();
}

// Nobody is asked any more: the sensor decides. Where it says nothing, the books are taken to lie
// there, because a compartment that is taken for empty would be given away with them.
void resolve_return(Turn& turn, Compartment& c, Reason why) {
    Return& one = *turn.book_return(*c.returned);
    if (one.state != ReturnState::opening && one.state != ReturnState::open) return;
    const Occupancy inside = sensed(c);
    if (inside == Occupancy::occupied) return store_return(turn, one, {}, {});
    const bool never_open = one.state == ReturnState::opening;
    if (inside == Occupancy::empty || never_open || MUTANT(63)) return drop(turn, one);
    store_return(turn, one, {}, why);
}

// Where nothing of theirs lies inside, another compartment is opened at once, but only once: two
// locks in a row that jam are hardly two, a hand holds the doors or they have no power; and whoever
// finds fault with every door gets no third.
void move_return(Turn& turn, Compartment& from, Reason why, bool attended) {
    Return& one = *turn.book_return(*from.returned);
    const auto least = why == Reason::too_large ? larger_than(from) : std::optional{one.size};
    const bool moves = attended && least && !turn.s.session->moved && !turn.s.session->left;
    const auto number = moves ? allocate(turn.s, *least, false, For::returns) : std::nullopt;
    if (!number) {
        drop(turn, one);
        if (!attended) return;
        const Reason told = why == Reason::sensed_occupied ? Reason::returns_full : why;
        turn.s.told = Told{{told, turn.s.spec.returns_elsewhere}, turn.now.uptime + notice_shown};
        return end_session(turn);
    }
    if (why != Reason::jammed) turn.s.returns_in_vain.push_back(turn.now.uptime);
    one.state = ReturnState::opening;
    one.size = *least;
    Compartment& c = *turn.compartment(*number);
    hold(turn, one, c);
    open_for(turn, one, c);
    turn.s.session->moved = true;
    turn.s.session->notice = Refusal{why, {}};
}

void dispute(Turn& turn, Return& one, Reason reason) {
    if (one.state == ReturnState::disputed) return;
    one.state = ReturnState::disputed;
    turn.touch(one);
    turn.record({.kind = FactKind::disputed,
                 .book_return = one.id,
                 .compartment = one.compartment,
                 .reason = reason});
    turn.show_change();
}

// An opening for no errand, or a forced door: compare ledger and sensor.
void inspect_return(Turn& turn, Compartment& c) {
    Return& one = *turn.book_return(*c.returned);
    switch (one.state) {
        case ReturnState::opening:
        case ReturnState::open:
            if (!attends(turn, c)) resolve_return(turn, c, Reason::walk_needed);
            return;
        case ReturnState::stored:
            if (sensed(c) == Occupancy::empty) dispute(turn, one, Reason::sensed_empty);
            if (sensed(c) == Occupancy::unknown) dispute(turn, one, Reason::walk_needed);
            return;
        case ReturnState::disputed: return;
    }
    std::abort();
}

void on_word_before_return(Turn& turn, Answer answer) {
    switch (answer) {
        case Answer::done:
        case Answer::later:
        case Answer::leave: return end_session(turn);
        case Answer::again:
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::missing:
        case Answer::help:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

void on_word_after_return(Turn& turn, Answer answer, Occupancy inside) {
    Return& one = *turn.book_return(*turn.s.session->returned);
    const bool answers = answer == Answer::done || answer == Answer::later ||
                         answer == Answer::missing || answer == Answer::leave;
    if (answers && inside == Occupancy::occupied) {  // whatever they say
        store_return(turn, one, turn.s.session->leave, {});
        return thank(turn);
    }
    switch (answer) {
        case Answer::again: return open_again(turn);
        case Answer::done:
            // With a sensor fitted its word stands: no book counts that nobody can find.
            if (inside == Occupancy::empty) return turn.refuse(Reason::sensed_empty);
            store_return(turn, one, turn.s.session->leave, {});
            return thank(turn);
        case Answer::too_large:
            if (inside == Occupancy::occupied) return turn.refuse(Reason::sensed_occupied);
            return move_return(turn, *turn.compartment(one.compartment), Reason::too_large, true);
        case Answer::later:
        case Answer::leave:  // no word about what is inside
            if (inside == Occupancy::unknown) return turn.refuse(Reason::wrong_session);
            [[fallthrough]];
        case Answer::missing:  // not put in, says who stood there
            drop(turn, one);
            return end_session(turn);
        case Answer::damaged:
        case Answer::still_there:
        case Answer::help:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

std::vector<SizeClass> sizes_for_returns(const Cabinet::State& s) {
    std::vector<SizeClass> sizes;
    for (const auto size : {SizeClass::small, SizeClass::medium, SizeClass::large}) {
        if (allocate(s, size, false, For::returns)) sizes.push_back(size);
    }
    return sizes;
}

}  // namespace lucheng::core

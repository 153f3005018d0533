// What staff may do at the screen beside a courier's errands. Everybody else is refused.
#include <utility>

#include "core/obey.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {
namespace {

// None: staff are logged in, and in the middle of no errand.
Judged judge_session(Turn& turn) {
    if (!turn.s.session) return no(Reason::no_session);
    const Session& session = *turn.s.session;
    const bool staff = session.role == PersonRole::staff || (session.role && MUTANT(69));
    if (!staff) return no(Reason::not_permitted, "staff");
    if (session.step != Step::choosing) return no(Reason::wrong_session);
    return {};
}

// True: told whoever asked why not.
bool is_refused(Turn& turn, const Judged& judged) {
    if (judged) turn.refuse(judged->reason, judged->argument);
    return judged.has_value();
}

}  // namespace

bool are_staff_free(Turn& turn) { return !is_refused(turn, judge_session(turn)); }

void stay_longer(Turn& turn) {
    turn.s.session->idle_at = turn.now.uptime + turn.limits().session_idle;
    turn.show_change();
}

void open_in_their_name(Turn& turn, Compartment& c, Purpose purpose,
                        std::optional<DeliveryId> delivery) {
    Session& session = *turn.s.session;
    session.at = c.spec.number;
    session.delivery = delivery;
    session.purpose = purpose;
    session.leave = authorise(turn, c,
                              {.purpose = purpose,
                               .means = Means::local,
                               .delivery = std::move(delivery),
                               .person = session.person});
    show(turn, c.opening->phase == Phase::open ? Step::open : Step::opening);
}

// As by command, but by this person; a delivery behind the door stays what it is.
void open_for_staff(Turn& turn, Compartment& c) {
    if (c.lost) return turn.refuse(Reason::hardware_lost);
    if (c.opening && c.opening->phase != Phase::jammed) {
        return turn.refuse(Reason::compartment_busy);
    }
    // A badge that was copied empties no cabinet.
    if (holds_something(turn, c) && !count_staff_opening(turn)) {
        return turn.refuse(Reason::remote_cap);
    }
    open_in_their_name(turn, c, Purpose::inspection, c.holder);
}

void on_opening_asked(Turn& turn, CompartmentNumber number) {
    if (!are_staff_free(turn)) return;
    // One door at a time: the test has one, or will have.
    if (is_testing(turn)) return turn.refuse(Reason::test_running);
    Compartment* c = turn.compartment(number);
    if (c == nullptr) return turn.refuse(Reason::unknown_compartment);
    open_for_staff(turn, *c);
}

// A walk opens what holds something as well, so that it is walks that are counted, not doors.
void on_walk_asked(Turn& turn) {
    if (is_refused(turn, judge_session(turn))) return;
    if (is_testing(turn)) return turn.refuse(Reason::test_running);
    if (turn.s.store_low) return turn.refuse(Reason::store_full);
    if (!count_walk(turn)) return turn.refuse(Reason::walk_cap);
    begin_walk(turn);
}

void on_service_asked(Turn& turn, const protocol::SetService& service) {
    if (!are_staff_free(turn)) return;
    Fact by{.means = Means::local, .person = turn.s.session->person};
    if (is_refused(turn, set_service(turn, service, std::move(by)))) return;
    stay_longer(turn);
}

void on_test_asked(Turn& turn, const TestAsked& asked) {
    TestOrigin origin{.means = Means::local};
    protocol::TestOrder order = asked.order;
    if (asked.at_screen) {
        if (!are_staff_free(turn)) return;
        order.by = turn.s.session->person;
        origin.at_screen = true;
    }
    if (is_refused(turn, begin_test(turn, order, origin)) || !asked.at_screen) return;
    stay_longer(turn);
}

void on_test_answered(Turn& turn, const TestAnswered& answered) {
    if (answered.at_screen && !are_staff_free(turn)) return;
    answer_test(turn, answered.answer);
    if (answered.at_screen) stay_longer(turn);
}

void on_test_stopped(Turn& turn, const TestStopped& stopped) {
    if (stopped.at_screen && !are_staff_free(turn)) return;
    stop_test(turn);
    if (stopped.at_screen) stay_longer(turn);
}

}  // namespace lucheng::core

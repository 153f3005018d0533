// Self-test and commissioning: lock after lock is pulsed, one door open at a time, each opening
// with an authorisation of its own. It watches what switches and sensors say after every input.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "core/state.hpp"

namespace lucheng::core {

using protocol::Finding;
using protocol::TestAnswer;
using protocol::TestKind;
using protocol::TestOrder;
using protocol::TestStep;
using protocol::TestWord;

namespace {

// Two doors in a row that nobody shuts: nobody is there, and the rest stays shut.
constexpr int unshut_most = 2;

// Of the staff who began this test at the screen; in no errand, so that nobody waits for another.
bool is_testers(const Trial& t, const std::optional<Session>& session) {
    return t.origin.at_screen && session && session->role == PersonRole::staff &&
           session->person == t.order.by && session->step == Step::choosing;
}

void go_to(Turn& turn, TestStep step, std::optional<Milliseconds> within = {}) {
    Trial& t = *turn.s.trial;
    t.report.step = step;
    ++t.report.revision;
    t.deadline.reset();
    if (within) t.deadline = turn.now.uptime + *within;
    if (is_testers(t, turn.s.session)) {  // who tests walks about, and touches the screen rarely
        const auto idle = turn.limits().session_idle;
        turn.s.session->idle_at = turn.now.uptime + std::max(idle, within.value_or(idle));
    }
    turn.show_change();
}

bool is_late(const Turn& turn) {
    const auto& deadline = turn.s.trial->deadline;
    return deadline && turn.now.uptime >= *deadline;
}

FactKind fact_kind(TestKind kind) {
    return kind == TestKind::self_test ? FactKind::self_tested : FactKind::commissioned;
}

Fact fact_of(const Trial& t) {
    return {.kind = fact_kind(t.report.kind),
            .means = t.origin.means,
            .command = t.origin.command,
            .key = t.origin.key,
            .person = t.order.by.empty() ? std::optional<PersonId>{} : std::optional{t.order.by}};
}

void end_test(Turn& turn, std::optional<Reason> why) {
    Trial& t = *turn.s.trial;
    const auto& results = t.report.results;
    Fact fact = fact_of(t);
    fact.reason = why;
    fact.count = static_cast<std::uint64_t>(
        std::count_if(results.begin(), results.end(), protocol::is_fault));
    const auto tested = std::count_if(results.begin(), results.end(),
                                      [](const auto& result) { return result.tested; });
    fact.detail = std::to_string(tested) + "/" + std::to_string(t.report.total);
    turn.record(std::move(fact));
    t.report.ended_by = why;
    t.report.ended = turn.now.wall;
    t.report.compartment.reset();
    turn.s.ledger.cabinet.testing.reset();
    turn.touch_cabinet();
    go_to(turn, TestStep::over);
}

// Of what was found, what makes a compartment unfit to be given to anybody.
constexpr std::array broken_by{
    Reason::jammed,       Reason::no_opening_seen, Reason::switch_stuck, Reason::switch_inverted,
    Reason::lock_swapped, Reason::switch_swapped,  Reason::pair_swapped, Reason::two_opened,
    Reason::door_fault,   Reason::sensor_stuck,    Reason::sensor_fault};

void take_out_of_service(Turn& turn, const Compartment& c) {
    const Trial& t = *turn.s.trial;
    const auto& findings = t.result.findings;
    const auto broken = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
        return std::count(broken_by.begin(), broken_by.end(), finding.reason) > 0;
    });
    CompartmentRow& row = turn.row(c);
    if (!t.result.tested || broken == findings.end() || row.out_of_service) return;
    row.out_of_service = broken->reason;
    turn.touch(row);
    turn.record({.kind = FactKind::service_changed,
                 .compartment = c.spec.number,
                 .reason = broken->reason,
                 .detail = "out"});
}

// This compartment is over: its findings are recorded, and the next may begin.
void conclude(Turn& turn) {
    Trial& t = *turn.s.trial;
    const auto& findings = t.result.findings;
    Fact fact = fact_of(t);
    fact.compartment = t.result.number;
    if (findings.empty()) turn.record(fact);
    for (const Finding& finding : findings) {
        fact.reason = finding.reason;
        fact.detail.reset();
        if (finding.door) fact.detail = std::to_string(protocol::number_of(*finding.door));
        turn.record(fact);
    }
    take_out_of_service(turn, *turn.compartment(t.result.number));
    t.report.results.push_back(std::exchange(t.result, {}));
    t.report.compartment.reset();
    go_to(turn, TestStep::people);
}

void leave_alone(Turn& turn, Reason why) {
    Trial& t = *turn.s.trial;
    t.result.tested = false;
    t.result.findings.push_back({why, {}});
    conclude(turn);
}

// An operator's key opens no more compartments with something inside than `open` would, and a
// badge at the screen no more than it does without a test.
bool is_capped(Turn& turn, const Compartment& c) {
    if (!holds_something(turn, c)) return false;
    const TestOrigin& origin = turn.s.trial->origin;
    if (origin.at_screen) return !count_staff_opening(turn);
    return origin.means == Means::remote && !count_remote_opening(turn);
}

// People first: but whoever tests at the screen stands there for this.
bool is_anybody_first(const Turn& turn) {
    const Trial& t = *turn.s.trial;
    return t.origin.at_screen ? !is_testers(t, turn.s.session) : is_somebody_there(turn);
}

std::optional<Reason> not_to_be_opened(Turn& turn, const Compartment& c) {
    const Trial& t = *turn.s.trial;
    const bool named = !t.order.what.compartments.empty();
    const bool all = t.report.kind == TestKind::commissioning;
    if (c.lost) return Reason::hardware_lost;
    if (c.opening) return Reason::compartment_busy;
    if (turn.row(c).out_of_service && !named && !all) return Reason::out_of_service;
    if (t.order.what.occupied_too) return {};
    if (c.holder || c.returned || c.grace) return Reason::compartment_busy;
    if (!holds_something(turn, c)) return {};
    const bool sensed = c.spec.has_sensor && c.occupancy == Occupancy::occupied;
    return sensed ? Reason::sensed_occupied : Reason::unexplained_occupant;
}

// True: gone on, look again. False: something must happen first.
bool fire(Turn& turn) {
    Trial& t = *turn.s.trial;
    Compartment& c = *turn.compartment(t.result.number);
    if (is_capped(turn, c)) return leave_alone(turn, Reason::remote_cap), true;
    t.evidence = {.read_open = c.door == Door::open, .said_shut = t.evidence.said.has_value()};
    for (const auto& [number, other] : turn.s.compartments) t.evidence.before[number] = other.door;
    t.leave = authorise(turn, c,
                        {.purpose = Purpose::inspection,
                         .means = t.origin.means,
                         .delivery = c.holder,
                         .person = t.order.by,
                         .command = t.origin.command,
                         .key = t.origin.key,
                         .although_open = true});
    go_to(turn, TestStep::opening);
    return false;
}

bool begin_next(Turn& turn) {
    Trial& t = *turn.s.trial;
    if (is_anybody_first(turn)) return false;
    if (turn.s.store_low) return end_test(turn, Reason::store_full), false;
    if (t.next == t.plan.size()) return end_test(turn, {}), false;
    const CompartmentNumber number = t.plan.at(t.next++);
    const Compartment& c = *turn.compartment(number);
    t.result = {.number = number};
    t.evidence = {};
    t.report.compartment = number;
    if (const auto why = not_to_be_opened(turn, c)) return leave_alone(turn, *why), true;
    if (c.door != Door::open) return fire(turn);
    go_to(turn, TestStep::reads_open, turn.limits().question_idle);
    return false;
}

// Open before anything was pulsed: a door left open, or a switch that is inverted or stuck.
bool look_at_open_switch(Turn& turn) {
    Trial& t = *turn.s.trial;
    const Compartment& c = *turn.compartment(t.result.number);
    if (c.lost || c.opening) {
        return leave_alone(turn, c.lost ? Reason::hardware_lost : Reason::compartment_busy), true;
    }
    if (is_anybody_first(turn)) {  // begun again when they have gone
        --t.next;
        t.report.compartment.reset();
        go_to(turn, TestStep::people);
        return false;
    }
    if (c.door == Door::open && !t.evidence.said && !is_late(turn)) return false;
    return fire(turn);
}

bool is_under_test(const Turn& turn, const Compartment& c) {
    return c.opening && c.opening->leave.id == turn.s.trial->leave;
}

void after_opening(Turn& turn) {
    const Trial& t = *turn.s.trial;
    const Compartment& c = *turn.compartment(t.result.number);
    if (t.report.kind == TestKind::commissioning) {
        return go_to(turn, TestStep::which_door, commissioning_question_max);
    }
    const bool holds = c.holder || c.returned;
    if (t.order.what.sensors && c.spec.has_sensor && !holds && c.occupancy == Occupancy::empty) {
        return go_to(turn, TestStep::put_in, turn.limits().question_idle);
    }
    go_to(turn, TestStep::shut, turn.limits().close_within);
}

// It said open at rest and says shut now that its lock was pulsed: the door is open.
void found_inverted(Turn& turn, Compartment& c) {
    turn.s.trial->evidence.inverted = true;
    turn.record({.kind = FactKind::opened,
                 .delivery = c.opening->leave.delivery,
                 .compartment = c.spec.number,
                 .authorisation = c.opening->leave.id});
    end_leave(turn, *c.opening);
    c.opening.reset();
    turn.act(SetLamp{c.spec.number, false});
}

bool watch_opening(Turn& turn) {
    Trial& t = *turn.s.trial;
    Compartment& c = *turn.compartment(t.result.number);
    if (!is_under_test(turn, c)) {
        const auto& facts = turn.facts();
        t.evidence.gave_up = std::any_of(facts.begin(), facts.end(), [&](const Fact& fact) {
            return fact.kind == FactKind::jammed && fact.authorisation == t.leave;
        });
        if (!t.evidence.gave_up) {
            return leave_alone(turn, c.lost ? Reason::hardware_lost : Reason::lapsed), true;
        }
        const bool commissioning = t.report.kind == TestKind::commissioning;
        go_to(turn, TestStep::which_door,
              commissioning ? commissioning_question_max : turn.limits().question_idle);
        return false;
    }
    if (t.evidence.read_open) {
        if (c.door != Door::shut) return false;
        found_inverted(turn, c);
    } else if (c.opening->phase != Phase::open) {
        return false;
    }
    after_opening(turn);
    return false;
}

bool hear_which_door(Turn& turn) {
    const Trial& t = *turn.s.trial;
    if (!t.evidence.said && !is_late(turn)) return false;
    if (!t.evidence.said && t.report.kind == TestKind::commissioning) {
        return end_test(turn, Reason::nobody_there), false;
    }
    go_to(turn, TestStep::shut, turn.limits().close_within);
    return true;
}

bool watch_sensor(Turn& turn, Occupancy awaited) {
    Trial& t = *turn.s.trial;
    const Compartment& c = *turn.compartment(t.result.number);
    if (c.lost) return leave_alone(turn, Reason::hardware_lost), true;
    const bool seen = c.occupancy == awaited;
    const bool in_vain = is_late(turn) || !c.opening || c.opening->phase != Phase::open;
    if (!seen && !in_vain) return false;
    if (!seen) t.result.findings.push_back({Reason::sensor_stuck, {}});
    if (seen && awaited == Occupancy::occupied) {
        go_to(turn, TestStep::take_out, turn.limits().question_idle);
    } else {
        go_to(turn, TestStep::shut, turn.limits().close_within);
    }
    return true;
}

// Every switch that moved says again what it said before, and the opening is settled.
bool is_shut_again(Turn& turn) {
    const Trial& t = *turn.s.trial;
    if (is_under_test(turn, *turn.compartment(t.result.number))) return false;
    return std::all_of(t.evidence.moved.begin(), t.evidence.moved.end(), [&](const auto number) {
        const Compartment& c = *turn.compartment(number);
        return c.lost || c.door == t.evidence.before.at(number);
    });
}

// True: a person is asked whether it is empty.
bool judge_inside(Turn& turn, const Compartment& c) {
    Trial& t = *turn.s.trial;
    if (c.holder || c.returned) return false;
    if (!c.spec.has_sensor) {
        if (t.report.kind == TestKind::self_test) return turn.row(c).unexplained;
        // Who read the number on the door stood before it, and looked in.
        if (t.evidence.said) set_unexplained(turn, *turn.compartment(t.result.number), false);
        return false;
    }
    if (c.occupancy == Occupancy::occupied) t.result.findings.push_back({Reason::sensed_occupied});
    if (c.occupancy == Occupancy::unknown) t.result.findings.push_back({Reason::sensor_fault});
    return false;
}

bool watch_shutting(Turn& turn) {
    Trial& t = *turn.s.trial;
    const Compartment& c = *turn.compartment(t.result.number);
    if (c.lost) return leave_alone(turn, Reason::hardware_lost), true;
    const bool shut = is_shut_again(turn);
    if (!shut && !is_late(turn)) return false;
    // Inverted only if it says open again when it is shut: else somebody shut an open door late.
    if (!shut) t.evidence.inverted = false;
    auto& findings = t.result.findings;
    const auto judged = judge(t.result.number, t.evidence);
    findings.insert(findings.begin(), judged.begin(), judged.end());
    if (!shut) {
        findings.push_back({Reason::not_shut, {}});
        const bool nobody_there = ++t.unshut_in_row >= unshut_most;
        conclude(turn);
        if (nobody_there) end_test(turn, Reason::nobody_there);
        return !nobody_there;
    }
    t.unshut_in_row = 0;
    if (judge_inside(turn, c)) {
        t.evidence.said.reset();
        go_to(turn, TestStep::is_empty, turn.limits().question_idle);
        return false;
    }
    conclude(turn);
    return true;
}

bool hear_whether_empty(Turn& turn) {
    Trial& t = *turn.s.trial;
    const auto& said = t.evidence.said;
    if (!said && !is_late(turn)) return false;
    if (!said) {
        t.result.findings.push_back({Reason::no_sensor, {}});
    } else if (said->word == TestWord::empty) {
        set_unexplained(turn, *turn.compartment(t.result.number), false);
    } else {
        t.result.findings.push_back({Reason::unexplained_occupant, {}});
    }
    conclude(turn);
    return true;
}

bool go_on(Turn& turn) {
    switch (turn.s.trial->report.step) {
        case TestStep::people: return begin_next(turn);
        case TestStep::reads_open: return look_at_open_switch(turn);
        case TestStep::opening: return watch_opening(turn);
        case TestStep::which_door: return hear_which_door(turn);
        case TestStep::put_in: return watch_sensor(turn, Occupancy::occupied);
        case TestStep::take_out: return watch_sensor(turn, Occupancy::empty);
        case TestStep::shut: return watch_shutting(turn);
        case TestStep::is_empty: return hear_whether_empty(turn);
        case TestStep::over: return false;
    }
    std::abort();
}

bool answers(TestStep step, TestWord word) {
    switch (word) {
        case TestWord::door:
        case TestWord::none:
        case TestWord::two: return step == TestStep::which_door;
        case TestWord::shut: return step == TestStep::reads_open;
        case TestWord::empty:
        case TestWord::not_empty: return step == TestStep::is_empty;
    }
    std::abort();
}

// Away, or for a moment behind a patron.
bool is_tester_gone(const Turn& turn) {
    const Trial& t = *turn.s.trial;
    const auto is_they = [&](const std::optional<Session>& session) {
        return session && session->role == PersonRole::staff && session->person == t.order.by;
    };
    return t.origin.at_screen && !is_they(turn.s.session) && !is_they(turn.s.waiting);
}

}  // namespace

bool is_testing(const Turn& turn) { return turn.s.trial && turn.s.trial->report.running(); }

bool holds_something(Turn& turn, const Compartment& c) {
    const bool sensed = c.spec.has_sensor && c.occupancy == Occupancy::occupied;
    return c.holder || c.returned || c.grace || sensed || turn.row(c).unexplained;
}

std::optional<Refusal> begin_test(Turn& turn, const TestOrder& order, const TestOrigin& origin) {
    if (is_testing(turn)) return Refusal{Reason::test_running, {}};
    if (turn.s.store_low) return Refusal{Reason::store_full, {}};
    std::set<CompartmentNumber> wanted;
    for (const auto number : order.what.compartments) {
        if (turn.compartment(number) == nullptr) {
            return Refusal{Reason::unknown_compartment,
                           std::to_string(protocol::number_of(number))};
        }
        wanted.insert(number);
    }
    Trial trial{.order = order, .origin = origin};
    for (const auto& [number, c] : turn.s.compartments) {
        if (wanted.empty() || wanted.contains(number)) trial.plan.push_back(number);
    }
    trial.report = {.revision = turn.s.trial ? turn.s.trial->report.revision : 0,
                    .kind = order.kind,
                    .step = TestStep::people,
                    .total = static_cast<std::uint16_t>(trial.plan.size()),
                    .by = order.by,
                    .began = turn.now.wall,
                    .cabinet = turn.s.spec.id};
    turn.s.trial = std::move(trial);
    turn.s.ledger.cabinet.testing = order.kind;
    turn.touch_cabinet();
    go_to(turn, TestStep::people);
    return {};
}

void answer_test(Turn& turn, const TestAnswer& answer) {
    if (!is_testing(turn)) return turn.refuse(Reason::wrong_session);
    Trial& t = *turn.s.trial;
    if (t.report.compartment != answer.compartment || !answers(t.report.step, answer.word)) {
        return turn.refuse(Reason::wrong_session);
    }
    if (answer.word == TestWord::door && turn.compartment(answer.door) == nullptr) {
        return turn.refuse(Reason::unknown_compartment,
                           std::to_string(protocol::number_of(answer.door)));
    }
    t.evidence.said = answer;
}

void stop_test(Turn& turn) {
    if (!is_testing(turn)) return turn.refuse(Reason::wrong_session);
    end_test(turn, Reason::by_staff);  // an opening under way goes on as any inspection
}

void follow_test(Turn& turn) {
    if (!is_testing(turn)) return;
    Trial& t = *turn.s.trial;
    if (is_tester_gone(turn)) return end_test(turn, Reason::nobody_there);
    for (const auto& [number, before] : t.evidence.before) {
        const Compartment& c = *turn.compartment(number);
        if (c.opening && number != t.result.number) continue;  // a person's, with leave of its own
        if (c.door != Door::unknown && c.door != before) t.evidence.moved.insert(number);
    }
    while (go_on(turn)) {}
}

// The person who comes needs this very compartment, and it stands open: it is theirs.
void yield_to_person(Turn& turn, Compartment& c) {
    if (!is_testing(turn) || !is_under_test(turn, c)) return;
    end_leave(turn, *c.opening);
    c.opening.reset();
    leave_alone(turn, Reason::compartment_busy);
}

bool is_awaited(const Turn& turn, const Compartment& c) {
    return is_testing(turn) && turn.s.trial->report.compartment == c.spec.number &&
           turn.s.trial->evidence.inverted;
}

void end_test_of_last_run(Turn& turn) {
    auto& testing = turn.s.ledger.cabinet.testing;
    if (!testing) return;
    turn.record({.kind = fact_kind(*testing), .reason = Reason::power_cut});
    testing.reset();
    turn.touch_cabinet();
}

std::optional<protocol::TestReport> Cabinet::test_report() const {
    if (!state_->trial) return {};
    return state_->trial->report;
}

}  // namespace lucheng::core

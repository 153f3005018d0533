#include "tools/cabinetctl/test_run.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <memory>
#include <unistd.h>

#include "protocol/codec_kiosk.hpp"
#include "protocol/self_test.hpp"
#include "tools/cabinetctl/local_socket.hpp"
#include "tools/cabinetctl/test_sheet.hpp"

namespace lucheng::cabinetctl {

using protocol::CompartmentNumber;
using protocol::number_of;
using protocol::Reason;
using protocol::TestAnswer;
using protocol::TestKind;
using protocol::TestReport;
using protocol::TestStep;
using protocol::TestWord;
namespace {

struct TestOptions {
    std::filesystem::path socket = "/run/cabinetd/control.sock";
    std::filesystem::path sheet;
    std::vector<std::uint16_t> compartments;
    std::string by;
    bool occupied_too = false, sensors = false, remote = false, ask = false;
};

protocol::SelfTest what_of(const TestOptions& o) {
    protocol::SelfTest what{.occupied_too = o.occupied_too, .sensors = o.sensors};
    for (const auto number : o.compartments) what.compartments.push_back(CompartmentNumber{number});
    return what;
}

std::string lowered(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\r'; });
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

// What was typed, as a word; none: it is no answer to this question.
std::optional<TestAnswer> understood(CompartmentNumber about, TestStep step,
                                     const std::string& typed) {
    const std::string text = lowered(typed);
    if (step == TestStep::reads_open) return TestAnswer{about, TestWord::shut, {}};
    if (step == TestStep::is_empty) {
        if (text == "y" || text == "yes" || text == "是") {
            return TestAnswer{about, TestWord::empty, {}};
        }
        if (text == "n" || text == "no" || text == "否") {
            return TestAnswer{about, TestWord::not_empty, {}};
        }
        return {};
    }
    if (text == "none" || text == "0" || text == "无") return TestAnswer{about, TestWord::none, {}};
    if (text == "two" || text == "两") return TestAnswer{about, TestWord::two, {}};
    std::uint16_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    if (!whole || number == 0) return {};
    return TestAnswer{about, TestWord::door, CompartmentNumber{number}};
}

std::string question(TestStep step, std::uint16_t door) {
    if (step == TestStep::reads_open) {
        return fmt::format(
            "门磁显示 {0} 号柜门开着。请关好后按回车 · "
            "The switch of door {0} says open. Shut it, then press Enter: ",
            door);
    }
    if (step == TestStep::is_empty) {
        return fmt::format("{0} 号格口是空的吗？(y/n) · Is compartment {0} empty? (y/n) ", door);
    }
    return fmt::format(
        "已给 {} 号锁通电。弹开的柜门是几号？(号码, none 没有, two 两扇) · "
        "What number is on the door that opened? (number, none, two) ",
        door);
}

std::string request_of(TestStep step, std::uint16_t door) {
    switch (step) {
        case TestStep::people: return {};
        case TestStep::opening: return fmt::format("{0} 号正在打开 · opening door {0}", door);
        case TestStep::put_in: return fmt::format("请放入一本书 · put a book into {}", door);
        case TestStep::take_out: return fmt::format("请取出 · take it out of {} again", door);
        case TestStep::shut: return fmt::format("请关好柜门 · shut the door ({})", door);
        case TestStep::reads_open:
        case TestStep::which_door:
        case TestStep::is_empty: return fmt::format("等待回答 · waiting for an answer ({})", door);
        case TestStep::over: return {};
    }
    return {};
}

// One test over the cabinet's own socket.
class AtTheCabinet {
public:
    AtTheCabinet(const Common& common, const TestOptions& options, bool asks)
        : o_{options}, printer_{common.json}, asks_{asks} {}

    int run(TestKind kind) {
        if (o_.by.empty()) {
            throw Failure{"who is at the cabinet? Give --by, letters, digits and -, no name",
                          exit_code::usage};
        }
        const protocol::TestOrder order{kind, what_of(o_),
                                        taken(protocol::PersonId::parse(o_.by), "--by", o_.by)};
        refuse(post("/api/test", protocol::encode(order)));
        TestReport report = next(0);
        std::size_t told = 0;
        for (;;) {
            for (; told < report.results.size(); ++told) tell_result(report, told);
            if (!report.running()) break;
            tell_step(report);
            const auto seen = report.revision;
            report = next(seen);
            if (report.revision >= seen) continue;
            throw Failure{"the cabinet was started anew; its journal tells how far the test was",
                          exit_code::in_vain};
        }
        return conclude(report);
    }

private:
    std::optional<protocol::Refusal> post(const std::string& target, const std::string& body) {
        const auto outcome = protocol::decode_outcome(request(o_.socket, "POST", target, body));
        if (!outcome) return outcome.refusal();
        return outcome.value().refusal;
    }

    static void refuse(const std::optional<protocol::Refusal>& refusal) {
        if (!refusal) return;
        const auto& text = protocol::text_of(refusal->reason);
        throw Failure{fmt::format("{} · {} {}", text.chinese, text.english, refusal->argument),
                      exit_code::no};
    }

    // Waits for something newer; asks again when nothing came while the connection was patient.
    TestReport next(std::uint64_t after) {
        for (;;) {
            try {
                bytes_ = request(o_.socket, "GET", fmt::format("/api/test?after={}", after), {});
            } catch (const Failure& failure) {
                if (failure.exit_code() == exit_code::in_vain) continue;
                throw;
            }
            auto report = protocol::decode_test_report(bytes_);
            if (report) return std::move(report).value();
            throw Failure{"the cabinet's answer cannot be read: " + bytes_, exit_code::in_vain};
        }
    }

    // With --json standard output carries the report alone.
    void tell(const std::string& text) const {
        std::FILE* out = printer_.json() ? stderr : stdout;
        std::fputs(text.c_str(), out);
        std::fflush(out);
    }

    void tell_result(const TestReport& report, std::size_t at) const {
        const auto& result = report.results.at(at);
        const std::string found = findings_of(result);
        const Ink ink = found.empty() ? Ink::good : Ink::look_here;
        tell(fmt::format("{}/{}  {:>3}  {}\n", at + 1, report.total, number_of(result.number),
                         printer_.in(ink, found.empty() ? "正常 · well" : found)));
    }

    void tell_step(const TestReport& report) {
        if (!report.compartment) return;
        const bool asked = report.step == TestStep::which_door ||
                           report.step == TestStep::is_empty || report.step == TestStep::reads_open;
        if (asked && asks_) return ask(*report.compartment, report.step);
        const std::string text = request_of(report.step, number_of(*report.compartment));
        if (!text.empty()) tell("       " + printer_.in(Ink::faint, text) + "\n");
    }

    void ask(CompartmentNumber about, TestStep step) {
        for (;;) {
            tell(question(step, number_of(about)));
            std::string line;
            if (!std::getline(std::cin, line)) {
                asks_ = false;
                static_cast<void>(post("/api/test/stop", "{}"));
                return;
            }
            if (::isatty(STDIN_FILENO) == 0) tell(line + "\n");  // as a terminal would show it
            const auto answer = understood(about, step, line);
            if (!answer) continue;
            const auto refusal = post("/api/test/answer", protocol::encode(*answer));
            // Otherwise the test has gone on without the answer.
            if (!refusal || refusal->reason != Reason::unknown_compartment) return;
            const auto& text = protocol::text_of(refusal->reason);
            tell(fmt::format("{} · {} {}\n", text.chinese, text.english, refusal->argument));
        }
    }

    [[nodiscard]] int conclude(const TestReport& report) const {
        const std::string sheet = sheet_of(report);
        if (printer_.json())
            printer_.line(bytes_);
        else
            tell("\n" + sheet);
        if (!o_.sheet.empty() && !(std::ofstream{o_.sheet} << sheet).flush()) {
            throw Failure{o_.sheet.string() + ": the sheet could not be written",
                          exit_code::no_input};
        }
        return is_well(report) ? exit_code::done : exit_code::no;
    }

    const TestOptions& o_;
    Printer printer_;
    bool asks_;
    std::string bytes_{};
};

// By a signed command: what the cabinet finds comes as events.
int from_afar(const Common& common, const TestOptions& o) {
    const auto key = key_of(common);
    const auto command = command_of(common, what_of(o));
    Session session = connect(common);
    const auto topics = protocol::topics_of(common.broker.root, command.cabinet);
    session.subscribe(topics.event);
    const auto reply = session.ask(command, key);
    const Printer printer{common.json};
    if (reply.refusal) return printer.reply(reply, protocol::encode(reply));
    for (;;) {
        const auto heard = session.next(std::chrono::hours{1});
        if (!heard) throw Failure{"nothing came for an hour", exit_code::in_vain};
        if (heard->topic != topics.event) continue;
        const auto event = protocol::decode_event(heard->bytes);
        const auto entry = event ? protocol::decode_entry(event.value().entry) : event.refusal();
        if (!entry || entry.value().fact.kind != protocol::FactKind::self_tested) continue;
        const auto& fact = entry.value().fact;
        const bool cut = !fact.compartment && fact.reason == Reason::power_cut;
        if (fact.command != command.id && !cut) continue;
        printer.event(event.value());
        if (fact.compartment) continue;
        return fact.reason || fact.count != 0U ? exit_code::no : exit_code::done;
    }
}

CLI::App* add(CLI::App& app, const char* name, const char* text, TestOptions& o) {
    auto* sub = app.add_subcommand(name, text);
    sub->add_option("compartments", o.compartments, "numbers; without them all");
    sub->add_option("--by", o.by, "who is at the cabinet: letters, digits and -, no name");
    sub->add_option("--socket", o.socket, "the cabinet's kiosk.control_socket");
    sub->add_option("--sheet", o.sheet, "write the report, for printing, to this file as well");
    sub->add_flag("--occupied-too", o.occupied_too, "open also what holds something");
    return sub;
}

}  // namespace

void add_tests(CLI::App& app, const Common& common, Run& run) {
    const auto o = std::make_shared<TestOptions>();
    auto* self_test = add(app, "self-test", "click every empty compartment's lock in turn", *o);
    self_test->add_flag("--sensors", o->sensors, "have something put in at each sensor");
    self_test->add_flag("--ask", o->ask, "ask on standard input although it is no terminal");
    self_test->add_flag("--remote", o->remote, "by a signed command over the broker");
    self_test->callback([&run, &common, o] {
        run = [&common, o] {
            if (o->remote) return from_afar(common, *o);
            const bool asks = o->ask || ::isatty(STDIN_FILENO) == 1;
            return AtTheCabinet{common, *o, asks}.run(TestKind::self_test);
        };
    });
    auto* commission = add(app, "commission", "accept a new cabinet: is each door its number?", *o);
    commission->callback([&run, &common, o] {
        run = [&common, o] { return AtTheCabinet{common, *o, true}.run(TestKind::commissioning); };
    });
}

}  // namespace lucheng::cabinetctl

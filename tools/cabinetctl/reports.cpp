#include "tools/cabinetctl/reports.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <map>
#include <memory>

namespace lucheng::cabinetctl {

using namespace std::chrono_literals;
using protocol::JournalNumber;
using protocol::number_of;
namespace {

// What a cabinet left with the broker. Without it nobody of that name was ever connected.
struct Picture {
    std::optional<protocol::Status> status{};
    std::optional<protocol::StateReport> state{};
    std::string status_bytes{}, state_bytes{};
};

Picture picture_of(Session& session, const protocol::CabinetId& cabinet) {
    const auto topics = protocol::topics_of(session.options().root, cabinet);
    session.subscribe(topics.status);
    session.subscribe(topics.state);
    Picture picture;
    // Retained messages follow the subscription at once.
    const Patience patience{std::min<std::chrono::milliseconds>(session.options().timeout, 2s)};
    while (patience.left() > 0ms && !(picture.status && picture.state)) {
        const auto heard = session.next(patience.left());
        if (!heard) break;
        if (heard->topic == topics.status) {
            picture.status_bytes = heard->bytes;
            if (auto status = protocol::decode_status(heard->bytes))
                picture.status = status.value();
        }
        if (heard->topic == topics.state) {
            picture.state_bytes = heard->bytes;
            if (auto state = protocol::decode_state(heard->bytes)) picture.state = state.value();
        }
    }
    if (!picture.status) {
        throw Failure{"no cabinet " + cabinet.str() + " is known under " + session.options().root +
                          " at " + session.options().uri,
                      exit_code::in_vain};
    }
    return picture;
}

int status(const Common& common) {
    Session session = connect(common);
    const Picture picture = picture_of(session, cabinet_of(common));
    const Printer printer{common.json};
    if (common.json) {
        printer.line(fmt::format(R"({{"status":{},"state":{}}})", picture.status_bytes,
                                 picture.state ? picture.state_bytes : "null"));
    } else {
        printer.status(*picture.status);
        if (picture.state) printer.state(*picture.state);
    }
    // For scripts: is it there now?
    return picture.status->link == protocol::Link::ready ? exit_code::done : exit_code::in_vain;
}

int watch(const Common& common, std::uint64_t most) {
    Session session = connect(common);
    const std::string one = common.cabinet.empty() ? "+" : cabinet_of(common).str();
    const std::string base = common.broker.root + "/" + one;
    // In this order: who has heard the retained status has missed no event since.
    session.subscribe(base + "/event");
    session.subscribe(base + "/status");
    const Printer printer{common.json};
    for (std::uint64_t seen = 0; most == 0 || seen < most;) {
        const auto heard = session.next(1h);
        if (!heard) continue;
        if (heard->topic.ends_with("/status")) {
            if (common.json)
                printer.line(heard->bytes);
            else if (auto status = protocol::decode_status(heard->bytes)) {
                printer.status(status.value());
            }
            continue;
        }
        ++seen;
        const auto event = protocol::decode_event(heard->bytes);
        if (event)
            printer.event(event.value());
        else
            printer.line(printer.in(Ink::alarm, "a message that cannot be read: " + heard->bytes));
    }
    return exit_code::done;
}

// The retained state may be a moment old: asked for anew, so that the newest entry is in it.
protocol::JournalHead fresh_head(Session& session, const Common& common,
                                 const protocol::SigningKey& key) {
    const auto cabinet = cabinet_of(common);
    const Picture picture = picture_of(session, cabinet);
    if (!picture.state) {
        throw Failure{"cabinet " + cabinet.str() + " has not published its state",
                      exit_code::in_vain};
    }
    const auto topics = protocol::topics_of(session.options().root, cabinet);
    const auto asked = session.ask(command_of(common, protocol::Snapshot{}), key);
    const Patience patience{2s};
    while (!asked.refusal && patience.left() > 0ms) {
        const auto heard = session.next(patience.left());
        if (!heard || heard->topic != topics.state || heard->retained) continue;
        const auto state = protocol::decode_state(heard->bytes);
        if (state) return state.value().journal;
    }
    return picture.state->journal;
}

// Entries from a number to the head, in order, however the broker repeats them.
std::map<JournalNumber, protocol::Event> fetch(const Common& common, JournalNumber from) {
    const auto key = key_of(common);
    Session session = connect(common);
    const auto head = fresh_head(session, common, key);
    const auto topics = protocol::topics_of(session.options().root, cabinet_of(common));
    session.subscribe(topics.event);
    const auto reply = session.ask(command_of(common, protocol::Replay{head.epoch, from}), key);
    if (reply.refusal) {
        throw Failure{"the cabinet refused the replay: " +
                          std::string{protocol::text_of(reply.refusal->reason).english},
                      exit_code::no};
    }
    std::map<JournalNumber, protocol::Event> entries;
    const std::uint64_t wanted = number_of(head.number) - number_of(from) + 1;
    while (entries.size() < wanted) {
        const auto heard = session.next(session.options().timeout);
        if (!heard) {
            throw Failure{fmt::format("only {} of {} entries came", entries.size(), wanted),
                          exit_code::in_vain};
        }
        if (heard->topic != topics.event) continue;
        const auto event = protocol::decode_event(heard->bytes);
        if (!event) continue;
        const auto entry = protocol::decode_entry(event.value().entry);
        if (!entry || entry.value().header.epoch != head.epoch) continue;
        const JournalNumber number = entry.value().header.number;
        if (number >= from && number <= head.number) entries[number] = event.value();
    }
    return entries;
}

int journal(const Common& common, std::uint64_t from) {
    const Printer printer{common.json};
    for (const auto& [number, event] : fetch(common, JournalNumber{from})) printer.event(event);
    return exit_code::done;
}

// Each hash anew, each number one more, each entry naming the one before.
int verify(const Common& common) {
    const auto entries = fetch(common, JournalNumber{1});
    protocol::Digest previous{};
    std::uint64_t expected = 1;
    for (const auto& [number, event] : entries) {
        const auto entry = protocol::decode_entry(event.entry);
        std::string broken;
        if (number_of(number) != expected)
            broken = "is missing";
        else if (protocol::digest_of(event.entry) != event.hash)
            broken = "does not match its hash";
        else if (entry.value().header.previous != previous)
            broken = "does not follow the one before";
        if (!broken.empty()) {
            throw Failure{fmt::format("entry {} {}", expected, broken), exit_code::bad_data};
        }
        previous = event.hash;
        ++expected;
    }
    const Printer printer{common.json};
    if (common.json) {
        printer.line(fmt::format(R"({{"entries":{},"whole":true,"head":"{}"}})", entries.size(),
                                 protocol::hex(previous)));
    } else {
        printer.line(fmt::format("{} entries, the chain is whole; head {}", entries.size(),
                                 protocol::hex(previous)));
    }
    return exit_code::done;
}

}  // namespace

void add_reports(CLI::App& app, const Common& common, Run& run) {
    struct Options {
        std::uint64_t from = 1, count = 0;
    };
    const auto o = std::make_shared<Options>();
    app.add_subcommand("status", "what a cabinet last said of itself, door by door")->callback([&] {
        run = [&common] { return status(common); };
    });
    auto* watching = app.add_subcommand("watch", "events as they come; without --cabinet, of all");
    watching->add_option("--count", o->count, "leave after so many events");
    watching->callback(
        [&run, &common, o] { run = [&common, o] { return watch(common, o->count); }; });
    auto* entries = app.add_subcommand("journal", "the record, fetched anew from the cabinet");
    entries->add_option("--from", o->from, "first number")->check(CLI::PositiveNumber);
    auto* check = entries->add_subcommand("verify", "fetch all of it and check its hash chain");
    entries->callback([&run, &common, o, check] {
        if (check->parsed())
            run = [&common] { return verify(common); };
        else
            run = [&common, o] { return journal(common, o->from); };
    });
}

}  // namespace lucheng::cabinetctl

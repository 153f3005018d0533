#include "tests/system/dispatcher_rig.hpp"

#include <fmt/format.h>
#include <fstream>
#include <sqlite3.h>
#include <stdexcept>

namespace lucheng::system_test {

namespace {

// The first value of the first row; the other program may be writing.
std::string asked(const std::filesystem::path& file, const std::string& sql) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open(file.c_str(), &opened);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle{opened, sqlite3_close_v2};
    std::string found;
    const auto take = [](void* out, int, char** values, char**) {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && values[0] != nullptr) text = values[0];
        return 0;
    };
    sqlite3_busy_timeout(opened, 10'000);
    if (result != SQLITE_OK ||
        sqlite3_exec(opened, sql.c_str(), take, &found, nullptr) != SQLITE_OK) {
        throw std::runtime_error(fmt::format("{}: {}", sql, sqlite3_errmsg(opened)));
    }
    return found;
}

}  // namespace

std::string request(const std::string& delivery, const std::string& code, const std::string& more) {
    return fmt::format(
        R"({{"delivery":"{0}","patron":"patron-{0}","size":"small","code":"{1}"{2}}})"
        "\n",
        delivery, code, more);
}

void wipe_broker(CabinetRig& rig) {
    rig.broker.kill();
    std::filesystem::remove(rig.broker.directory() / "mosquitto.db");
    rig.broker.start();
    if (!rig.peer().wait_until_disconnected(rig.patience()))
        throw std::runtime_error("still connected");
    rig.peer().connect();
    rig.peer().subscribe("lucheng/v1/KS-017/#");
}

std::vector<std::string> DispatcherRig::argv(const std::vector<std::string>& more) const {
    std::vector<std::string> all{program("reference-dispatcher").string(),
                                 "--broker",
                                 fmt::format("mqtt://127.0.0.1:{}", rig_.broker.port()),
                                 "--key",
                                 rig_.key_file().string(),
                                 "--sealing-keys",
                                 rig_.sealing_keys_file().string(),
                                 "--ledger",
                                 ledger().string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

void DispatcherRig::start(const std::string& requests, const std::vector<std::string>& more) {
    const auto file = rig_.directory / "requests.jsonl";
    std::ofstream{file} << requests;
    auto arguments = argv({"--requests", file.string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_.reset();
    process_ = std::make_unique<rig::Process>(
        rig::Command{.argv = std::move(arguments),
                     .env = {},
                     .working_directory = {},
                     .output_file = rig_.directory / "dispatch.log"});
}

std::string DispatcherRig::line(const std::string& regex) {
    const auto found = process_->wait_for_line(regex, rig_.patience());
    if (!found) throw std::runtime_error("no line " + regex + "\n" + process_->output());
    return *found;
}

int DispatcherRig::ended() {
    const auto end = process_->wait_for_exit(rig_.patience());
    return end && end->signal == 0 ? end->code : -1;
}

int DispatcherRig::run(const std::vector<std::string>& arguments, std::string& printed) {
    rig::Process process{
        {.argv = argv(arguments), .env = {}, .working_directory = {}, .output_file = {}}};
    const auto end = process.wait_for_exit(soon);
    static_cast<void>(process.wait_for_line("(?!)", soon));  // until the end of its output
    printed = process.output();
    return end && end->signal == 0 ? end->code : -1;
}

int DispatcherRig::check(std::string& printed, std::chrono::seconds patience) {
    return run({"--check", "--patience", std::to_string(patience.count())}, printed);
}

std::string DispatcherRig::text(const std::string& sql) const { return asked(ledger(), sql); }

std::int64_t DispatcherRig::number(const std::string& sql) const {
    const auto found = text(sql);
    return found.empty() ? 0 : std::stoll(found);
}

std::size_t DispatcherRig::ended_deliveries() const {
    return static_cast<std::size_t>(number("SELECT count(*) FROM deliveries WHERE ended"));
}

void DispatcherRig::change(const std::string& sql) const {
    static_cast<void>(asked(ledger(), sql));
}

std::string DispatcherRig::stage_of(const std::string& delivery) const {
    return text(fmt::format("SELECT stage FROM deliveries WHERE id = '{}'", delivery));
}

std::uint16_t DispatcherRig::compartment_of(const std::string& delivery) const {
    return static_cast<std::uint16_t>(
        number(fmt::format("SELECT compartment FROM deliveries WHERE id = '{}'", delivery)));
}

void DispatcherRig::until_ledger_is(const Journal& journal) {
    const auto of_epoch = fmt::format("FROM entries WHERE epoch = '{}'", journal.epoch);
    const auto wanted = fmt::format("{} 1 {} {}", journal.entries.size(), journal.entries.size(),
                                    protocol::hex(journal.head));
    rig_.until(
        [&] {
            return text(
                       "SELECT count(*) || ' ' || min(number) || ' ' || max(number) || ' ' || "
                       "(SELECT lower(hex(hash)) " +
                       of_epoch + " ORDER BY number DESC LIMIT 1) " + of_epoch) == wanted;
        },
        "the ledger has every entry once: " + wanted);
}

bool DispatcherRig::ledger_is_cabinets_file() const {
    const auto cabinets = fmt::format("ATTACH '{}' AS cabinet; ", rig_.database().string());
    const auto head = number(cabinets + "SELECT max(number) FROM cabinet.journal");
    const auto same =
        number(cabinets +
               "SELECT count(*) FROM main.entries AS ours JOIN cabinet.journal AS theirs ON "
               "ours.number = theirs.number AND ours.hash = theirs.hash");
    return head > 0 && same == head && number("SELECT count(*) FROM entries") == head &&
           number("SELECT max(number) FROM entries") == head;
}

void DispatcherRig::until_acknowledged() {
    rig_.until(
        [&] {
            const auto journal = rig_.state().journal;
            return journal.acknowledged == journal.number;
        },
        "the journal is acknowledged to its end");
}

}  // namespace lucheng::system_test

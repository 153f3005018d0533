// The reference dispatcher as built, beside the cabinet of the rig.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/system/cabinet_rig.hpp"

namespace lucheng::system_test {

class DispatcherRig {
public:
    explicit DispatcherRig(CabinetRig& rig) : rig_{rig} {}

    // The requests are lines of JSON.
    void start(const std::string& requests, const std::vector<std::string>& more = {});
    [[nodiscard]] rig::Process& process() { return *process_; }
    rig::Exit kill() { return process_->kill(); }
    // The line that the regular expression is found in; throws when none comes.
    std::string line(const std::string& regex);
    // How it ends; -1: by a signal, or not in time.
    int ended();

    // Runs to its end; what it printed is in `printed`.
    int check(std::string& printed, std::chrono::seconds patience = std::chrono::seconds{3});
    int run(const std::vector<std::string>& arguments, std::string& printed);

    // From the ledger.
    [[nodiscard]] std::string stage_of(const std::string& delivery) const;
    [[nodiscard]] std::uint16_t compartment_of(const std::string& delivery) const;
    [[nodiscard]] std::size_t ended_deliveries() const;
    [[nodiscard]] std::int64_t number(const std::string& sql) const;
    [[nodiscard]] std::string text(const std::string& sql) const;
    void change(const std::string& sql) const;
    [[nodiscard]] std::filesystem::path ledger() const { return rig_.directory / "dispatch.db"; }
    // Every entry that the cabinet has is in the ledger once, and is what the cabinet told.
    void until_ledger_is(const Journal& journal);
    // Number by number and hash by hash, against the file of the cabinet, which is stopped.
    [[nodiscard]] bool ledger_is_cabinets_file() const;
    // The cabinet knows that all of its entries are safe.
    void until_acknowledged();

private:
    [[nodiscard]] std::vector<std::string> argv(const std::vector<std::string>& more) const;

    CabinetRig& rig_;
    std::unique_ptr<rig::Process> process_;
};

// One line of JSON.
[[nodiscard]] std::string request(const std::string& delivery, const std::string& code,
                                  const std::string& more = {});
// SIGKILL, and nothing that it kept is left; the rig's own peer is back with it.
void wipe_broker(CabinetRig& rig);

}  // namespace lucheng::system_test

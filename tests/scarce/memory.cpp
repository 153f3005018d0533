// A kernel that takes the daemon because memory has run out, wherever it is in its work.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "tests/scarce/mounted.hpp"
#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

// Files of this machine lie in memory, and count to the group that wrote them.
constexpr auto small_ballast = "ballast_mb = 1";

// A group of processes whose memory has a bound.
class Group {
public:
    Group() {
        write(groups_.path() / "cgroup.subtree_control", "+memory");
        std::filesystem::create_directory(path());
    }
    [[nodiscard]] std::filesystem::path path() const { return groups_.path() / "cabinet"; }
    // For CabinetRig: the shell joins, and becomes the daemon.
    [[nodiscard]] std::vector<std::string> joining() const {
        return {"/bin/sh", "-c", R"(echo 0 > "$0" && exec "$@")", path() / "cgroup.procs"};
    }
    // Below what cannot be written back anywhere, above what is left without the daemon: files in
    // memory and the lock keepers. The kernel has to kill, at once, and has enough with the one.
    void squeeze() const {
        const auto used = [this](std::string_view what) { return counted("memory.stat", what); };
        const auto least = used("shmem") + used("kernel") + used("anon") / 4 * 3;
        write(path() / "memory.max", std::to_string(least));
    }
    void relax() const { write(path() / "memory.max", "max"); }
    [[nodiscard]] std::int64_t killed() const { return counted("memory.events", "oom_kill"); }

private:
    static void write(const std::filesystem::path& file, std::string_view text) {
        if (!(std::ofstream{file} << text).flush()) throw std::runtime_error{file.string()};
    }
    [[nodiscard]] std::int64_t counted(std::string_view file, std::string_view what) const {
        std::ifstream counters{path() / file};
        std::string name;
        std::int64_t count = 0;
        while (counters >> name >> count) {
            if (name == what) return count;
        }
        throw std::runtime_error{fmt::format("the kernel does not count {}", what)};
    }
    scarce::Mounted groups_{"cgroup2", ""};
};

struct Parcel {
    std::string delivery, code;
    std::uint16_t compartment = 0;
};

void expect_killed(CabinetRig& rig, const Group& group) {
    const auto before = group.killed();
    group.squeeze();
    const auto end = rig.daemon().wait_for_exit(soon);
    REQUIRE(end);
    CHECK(end->signal == SIGKILL);
    CHECK(group.killed() > before);
    const auto any_coil = [&] {
        for (const auto number : rig.world().numbers()) {
            if (rig.world().look(number).coil) return true;
        }
        return false;
    };
    rig.until([&] { return !any_coil(); }, "every coil is let go");
    group.relax();
}

// Whatever the door shows, the patron gets the book.
void end_well(CabinetRig& rig, const Parcel& parcel) {
    if (rig.state_of(parcel.delivery) == "stored") {
        rig.collect(parcel.delivery, parcel.code, parcel.compartment);
        return;
    }
    if (!rig.world().look(core::CompartmentNumber{parcel.compartment}).door_open) return;
    rig.hand(parcel.compartment, "take");
    rig.hand(parcel.compartment, "shut");
    rig.until([&] { return rig.state_of(parcel.delivery).empty(); }, "the parcel is collected");
}

}  // namespace

TEST_CASE("a daemon that is killed for want of memory in a pulse lets go, and loses nothing") {
    const Group group;
    CabinetRig rig{{.limits = small_ballast, .pulse_ms = 500, .through = group.joining()}};
    rig.start();
    rig.grant_courier();
    std::vector<Parcel> parcels;
    for (int i = 1; i <= 4; ++i) {
        Parcel parcel{fmt::format("d-{}", i), fmt::format("2048102{}", i)};
        parcel.compartment = rig.assign(parcel.delivery, parcel.code).compartment();
        rig.deposit(parcel.delivery, parcel.compartment);
        parcels.push_back(parcel);
    }
    for (const auto& parcel : parcels) {
        CAPTURE(parcel.delivery);
        CHECK_FALSE(rig.type_code(parcel.code).refusal);
        const core::CompartmentNumber door{parcel.compartment};
        rig.until([&] { return rig.world().look(door).coil; }, "the coil is on");
        const auto before = rig.pulses();
        expect_killed(rig, group);
        rig.start();
        CHECK(rig.pulses() == before);  // never a second one
        end_well(rig, parcel);
    }
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::deposited) == parcels.size());
    CHECK(rig.pulses() == count(journal.entries, FactKind::unlock_authorised));
    CHECK(rig.longest_ms() <= 1'000);
    CHECK_FALSE(rig.world().overlapped());
    CHECK(rig.stop().clean());
    CHECK(rig.verify_journal().clean());
}

TEST_CASE("whatever was answered before memory ran out is there after the restart") {
    const Group group;
    CabinetRig rig{{.limits = small_ballast, .compartments = 48, .through = group.joining()}};
    rig.start();
    std::size_t answered = 0;
    for (int round = 0; round < 8; ++round) {
        // Commands under way while the kernel strikes: some answered, some not.
        const std::size_t from = rig.mark();
        for (int i = 0; i < 5; ++i) {
            protocol::Assign assign;
            assign.delivery = protocol::DeliveryId::of(fmt::format("d-{}-{}", round, i));
            assign.revision = protocol::Revision{1};
            assign.patron = protocol::PersonId::of("reader-7");
            assign.secrets.code = fmt::format("{:08}", round * 10 + i);
            rig.peer().publish_without_waiting(
                {.topic = rig.topics.command,
                 .payload = rig.signed_by_dispatch(rig.command(assign))});
            if (i == round % 5) {
                static_cast<void>(rig.peer().wait_for_topic(rig.topics.reply, soon, from));
            }
        }
        expect_killed(rig, group);
        for (const auto& message : rig.peer().received()) {
            if (message.index >= from && message.topic == rig.topics.reply) ++answered;
        }
        rig.start();
    }
    CHECK(answered > 0);
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::assigned) >= answered);
    CHECK(rig.pulses() == 0);
    CHECK(rig.stop().clean());
    CHECK(rig.verify_journal().clean());
}

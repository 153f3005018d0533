// A disk that fills up in the middle of writes: what nobody pretended, but a file system said.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "daemon/exit_codes.hpp"
#include "tests/scarce/mounted.hpp"
#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

constexpr int entries_most = 3'000;

// To the last block.
void fill(const std::filesystem::path& file) {
    std::ofstream stream{file, std::ios::binary};
    const std::string page(4'096, 'x');
    while (stream.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) continue;
}

// Commands that are recorded, one after the other, until `enough`. How many were answered with ok.
class Busy {
public:
    explicit Busy(CabinetRig& rig) : rig_{rig} {}
    void until(const std::function<bool()>& enough) {
        for (int i = 0; i < entries_most && !enough(); ++i) {
            protocol::Extend extend;
            extend.delivery = protocol::DeliveryId::of("d-3");
            extend.revision = protocol::Revision{++revision_};
            extend.pickup_by = std::chrono::time_point_cast<protocol::Milliseconds>(
                                   std::chrono::system_clock::now()) +
                               std::chrono::hours{24};
            const auto command = rig_.command(extend);
            const auto from = rig_.mark();
            rig_.send(rig_.signed_by_dispatch(command));
            const auto answered = [&] {
                return rig_.peer().wait_for_topic(rig_.topics.reply, std::chrono::milliseconds{50},
                                                  from);
            };
            auto heard = answered();
            while (!heard && rig_.alive()) heard = answered();
            if (!heard) continue;
            const auto reply = protocol::decode_reply(heard->payload);
            if (reply && !reply.value().refusal) ++done_;
        }
    }
    [[nodiscard]] std::size_t done() const { return done_; }

private:
    CabinetRig& rig_;
    std::uint32_t revision_ = 1;
    std::size_t done_ = 0;
};

}  // namespace

TEST_CASE("a disk that fills up gives its ballast for pickups, and stops the daemon only then") {
    const scarce::Mounted disk{"tmpfs", "size=12m,mode=700"};
    CabinetRig rig{
        {.limits = "ballast_mb = 2\ndisk_low_mb = 3", .state_directory = disk.path() / "s"}};
    const auto ballast = rig.database().parent_path() / "ballast";
    rig.start();
    rig.grant_courier();
    std::array<std::uint16_t, 4> at{};
    for (const int i : {1, 2, 3}) {
        const auto name = "d-" + std::to_string(i);
        at.at(static_cast<std::size_t>(i)) =
            rig.assign(name, "2048102" + std::to_string(i)).compartment();
        rig.deposit(name, at.at(static_cast<std::size_t>(i)));
    }
    REQUIRE(std::filesystem::exists(ballast));

    // Full, and the daemon in the middle of its work: the ballast goes, and nobody notices.
    fill(disk.path() / "first");
    Busy busy{rig};
    busy.until([&] { return !std::filesystem::exists(ballast); });
    REQUIRE_FALSE(std::filesystem::exists(ballast));
    CHECK(rig.alive());
    rig.collect("d-1", "20481021", at[1]);

    // Low from its start on: no new parcel, but pickups.
    CHECK(rig.stop().clean());
    rig.start();
    rig.wait_for(FactKind::store_low);
    CHECK(rig.assign("d-4", "77777777").reason() == "store_full");
    rig.collect("d-2", "20481022", at[2]);

    // The ballast is used up: it leaves rather than open what it cannot record.
    fill(disk.path() / "second");
    const auto pulses = rig.pulses();
    busy.until([&] { return !rig.alive(); });
    const auto end = rig.daemon().wait_for_exit(soon);
    REQUIRE(end);
    CHECK(end->code == daemon::exit_code::io_error);
    CHECK(rig.daemon().output().find("cabinet.db") != std::string::npos);
    CHECK(rig.pulses() == pulses);
    CHECK_FALSE(rig.world().look(core::CompartmentNumber{at[3]}).door_open);

    // Somebody makes room.
    std::filesystem::remove(disk.path() / "first");
    std::filesystem::remove(disk.path() / "second");
    rig.start();
    rig.collect("d-3", "20481023", at[3]);
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::collected) == 3);
    CHECK(count(journal.entries, FactKind::extended) >= busy.done());
    CHECK(rig.longest_ms() <= 1'000);
    CHECK(rig.stop().clean());
    CHECK(rig.verify_journal().clean());
}

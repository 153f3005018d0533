// What staff ask at the screen, and that nobody else gets so far.
#include <array>
#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/kiosk_rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

namespace {

core::Screen screen_of(std::optional<core::PersonRole> role) {
    return {.name = core::ScreenName::courier_list, .role = role};
}

struct Request {
    std::string_view target, body;
};
constexpr std::array<Request, 8> requests{{
    {"/api/staff/open", R"({"compartment":12})"},
    {"/api/staff/service", R"({"compartment":12,"in_service":false})"},
    {"/api/staff/service", R"({"in_service":true})"},
    {"/api/staff/test", R"({"kind":"self_test"})"},
    {"/api/staff/test/answer", R"({"compartment":3,"said":"none"})"},
    {"/api/staff/test/stop", "{}"},
    {"/api/staff/maintenance", R"({"on":true})"},
    {"/api/staff/maintenance", R"({"on":false})"},
}};

}  // namespace

TEST_CASE("staff at the screen open, take out of service and test") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.show(screen_of(core::PersonRole::staff));
    for (const auto& [target, body] : requests) {
        INFO(target);
        const auto answer = kiosk.post(target, body);
        CHECK(answer.status == 200);
        CHECK(boost::json::parse(answer.body).at("ok").as_bool());
    }
    CHECK(kiosk.asked() ==
          std::vector<std::string>{"staff open 12", "staff service 12 out", "staff service all in",
                                   "staff test self_test", "staff said none", "staff stop",
                                   "staff maintenance on", "staff maintenance off"});
}

TEST_CASE("what staff may do at the screen is refused to everybody else") {
    KioskRig kiosk;
    kiosk.start();
    for (const auto role :
         {std::optional<core::PersonRole>{}, std::optional{core::PersonRole::courier}}) {
        kiosk.show(screen_of(role));
        for (const auto& [target, body] : requests) {
            INFO(target);
            const auto answer = kiosk.post(target, body);
            CHECK(answer.status == 403);
            CHECK(boost::json::parse(answer.body).at("reason").as_string() == "not_permitted");
        }
        CHECK(kiosk.get("/api/staff").status == 403);
        CHECK(kiosk.get("/api/staff/journal").status == 403);
    }
    CHECK(kiosk.asked().empty());
}

TEST_CASE("the doors, the test and the newest entries are told to staff") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.show(screen_of(core::PersonRole::staff));
    const auto whole = boost::json::parse(kiosk.get("/api/staff").body);
    CHECK(whole.at("state").at("compartments").as_array().size() == 1);
    CHECK(whole.at("test").at("revision").as_int64() == 42);
    CHECK(whole.at("test").at("version").as_string() == "0.1.0");
    const auto journal = boost::json::parse(kiosk.get("/api/staff/journal").body);
    CHECK(journal.at("entries").at(0).at("text").as_string() == "closed 12 #3");
}

TEST_CASE("who listens sees the doors while staff are logged in, and not before or after") {
    KioskRig kiosk;
    kiosk.start();
    const auto listener = listener_of(kiosk);
    const auto pushed = [&] { return boost::json::parse(listener->read_message()).as_object(); };
    CHECK_FALSE(pushed().contains("staff"));
    kiosk.show(screen_of(core::PersonRole::staff));
    CHECK(pushed().at("staff").at("state").at("cabinet").as_string() == "KS-017");
    kiosk.show(screen_of({}));
    CHECK_FALSE(pushed().contains("staff"));
}

TEST_CASE("what staff ask and is not as documented is refused") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.show(screen_of(core::PersonRole::staff));
    CHECK(kiosk.post("/api/staff/open", "{}").status == 400);
    CHECK(kiosk.post("/api/staff/service", R"({"compartment":3})").status == 400);
    CHECK(kiosk.post("/api/staff/maintenance", "{}").status == 400);
    CHECK(kiosk.post("/api/staff/test", "{}").status == 400);
    CHECK(kiosk.post("/api/staff/test/answer", "{}").status == 400);
    CHECK(kiosk.post("/api/staff/test/stop", "[]").status == 400);
    CHECK(kiosk.get("/api/staff/open").status == 405);
    CHECK(kiosk.post("/api/staff", "{}").status == 405);
    CHECK(kiosk.post("/api/staff/nothing", "{}").status == 404);
}

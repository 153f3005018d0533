// Self-test and commissioning at the cabinet's interface.
#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/kiosk_rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

namespace {

rig::HttpResponse local(const KioskRig& kiosk, std::string_view method, std::string_view target,
                        std::string_view body = {}) {
    return rig::http_request(kiosk.socket(), method, target, body);
}

}  // namespace

TEST_CASE("a self-test is begun, answered, stopped and followed over the control socket") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(local(kiosk, "POST", "/api/test", R"({"kind":"self_test","by":"wang"})").status == 200);
    CHECK(local(kiosk, "POST", "/api/test/answer", R"({"compartment":3,"said":"none"})").status ==
          200);
    CHECK(local(kiosk, "POST", "/api/test/stop", "{}").status == 200);
    const auto followed = local(kiosk, "GET", "/api/test?after=41");
    CHECK(followed.status == 200);
    const auto report = boost::json::parse(followed.body);
    CHECK(report.at("revision").as_int64() == 42);
    CHECK(report.at("step").as_string() == "over");
    CHECK_FALSE(report.at("cabinet_name").as_string().empty());
    CHECK(kiosk.asked() ==
          std::vector<std::string>{"test self_test wang", "said none", "stop", "test after 41"});
}

TEST_CASE("the page may neither begin nor follow a self-test") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(kiosk.post("/api/test", R"({"kind":"self_test","by":"wang"})").status == 403);
    CHECK(kiosk.post("/api/test/answer", R"({"compartment":3,"said":"none"})").status == 403);
    CHECK(kiosk.post("/api/test/stop", "{}").status == 403);
    CHECK(kiosk.get("/api/test").status == 403);
    CHECK(kiosk.asked().empty());
}

TEST_CASE("an order for a self-test that is not as documented is refused") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(local(kiosk, "POST", "/api/test", "{}").status == 400);
    CHECK(local(kiosk, "POST", "/api/test/answer", "{}").status == 400);
    CHECK(local(kiosk, "DELETE", "/api/test").status == 405);
    CHECK(local(kiosk, "GET", "/api/test/stop").status == 405);
}

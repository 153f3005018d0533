#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include "protocol/reasons.hpp"
#include "tests/daemon/kiosk_rig.hpp"

namespace lucheng::test {

namespace {

namespace json = boost::json;
using protocol::Reason;

std::string text_at(const json::value& value, std::string_view name) {
    return std::string{value.at(name).as_string()};
}

core::Screen open_door() {
    return {.name = core::ScreenName::open,
            .compartment = core::CompartmentNumber{12},
            .purpose = protocol::Purpose::pickup,
            .delivery = protocol::DeliveryId::of("D-7"),
            .books = 3,
            .door = 1,
            .doors = 2,
            .idle_left = core::Milliseconds{60'000},
            .free_small = 4};
}

}  // namespace

TEST_CASE("the page and its parts come from the web directory") {
    KioskRig kiosk;
    kiosk.write_page("index.html", "<!doctype html>");
    kiosk.write_page("parts/kiosk.css", "main {}");
    kiosk.write_page("notes.txt", "not a part of the page");
    kiosk.start();

    const auto page = kiosk.get("/");
    CHECK(page.status == 200);
    CHECK(page.body == "<!doctype html>");
    CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(kiosk.get("/index.html?lang=en").body == page.body);
    CHECK(kiosk.get("/parts/kiosk.css").header("Content-Type") == "text/css; charset=utf-8");
    CHECK(kiosk.get("/notes.txt").status == 404);
    CHECK(kiosk.get("/parts").status == 404);
}

TEST_CASE("a part that was packed beforehand goes out packed to whoever takes it so") {
    KioskRig kiosk;
    kiosk.write_page("kiosk.js", "long and plain");
    kiosk.write_page("kiosk.js.gz", "short");
    kiosk.write_page("index.html", "never packed");
    kiosk.start();
    const auto asked = [&](const char* takes) {
        return kiosk.get("/kiosk.js", {{"Accept-Encoding", takes}});
    };
    for (const auto* takes : {"gzip", "gzip, deflate, br", "br;q=1.0, GZIP ; q=0.5", "*", "x-gzip",
                              "identity;q=0, gzip;q=0.001"}) {
        INFO(takes);
        const auto packed = asked(takes);
        CHECK(packed.body == "short");
        CHECK(packed.header("Content-Encoding") == "gzip");
        CHECK(packed.header("Content-Type") == "text/javascript; charset=utf-8");
        CHECK(packed.header("Content-Length") == "5");
        CHECK(packed.header("Vary") == "Accept-Encoding");
    }
    for (const auto* takes :
         {"", "identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipped", "br;q=1, ,;gzip"}) {
        INFO(takes);
        const auto plain = asked(takes);
        CHECK(plain.body == "long and plain");
        CHECK(plain.header("Content-Encoding").empty());
        CHECK(plain.header("Vary") == "Accept-Encoding");
    }
    CHECK(kiosk.get("/kiosk.js").body == "long and plain");
    CHECK(kiosk.get("/kiosk.js.gz").status == 404);
    const auto page = kiosk.get("/", {{"Accept-Encoding", "gzip"}});
    CHECK(page.body == "never packed");
    CHECK(page.header("Vary").empty());
}

TEST_CASE("pages with hands on the doors are not there where doors are real") {
    KioskRig kiosk;
    kiosk.write_page("index.html", "<!doctype html>");
    kiosk.write_page("simulated.html", "hands");
    SECTION("real") {
        kiosk.start();
        CHECK(kiosk.get("/").status == 200);
        CHECK(kiosk.get("/simulated.html").status == 404);
        CHECK(kiosk.get("/simulated.html?x=1").status == 404);
    }
    SECTION("simulated") {
        kiosk.simulate();
        kiosk.start();
        CHECK(kiosk.get("/simulated.html").body == "hands");
    }
}

TEST_CASE("the plan of the cabinet is served for pictures of it, with the hours of the place") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(kiosk.get("/api/plan").body ==
          R"({"compartments":[{"number":12,"size":"large","height_mm":230,"column":2}],)"
          R"("screen":{"column":1,"columns":2,"height_mm":900,"tall_mm":400},)"
          R"("hours":{"zh-CN":"每日","en":"Daily"},"sounds":true})");
}

TEST_CASE("a cabinet without a page still serves its interface") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(kiosk.get("/").status == 404);
    CHECK(kiosk.get("/api/screen").status == 200);
}

TEST_CASE("every answer forbids foreign content, caches and guesses") {
    KioskRig kiosk;
    kiosk.write_page("index.html", "<!doctype html>");
    kiosk.start();
    for (const auto* target : {"/", "/api/screen", "/no/such/thing"}) {
        const auto answer = kiosk.get(target);
        CHECK(answer.header("Content-Security-Policy").starts_with("default-src 'self';"));
        CHECK(answer.header("Content-Security-Policy").ends_with("frame-ancestors 'none'"));
        CHECK(answer.header("Cache-Control") == "no-store");
        CHECK(answer.header("X-Content-Type-Options") == "nosniff");
        CHECK(answer.header("Cross-Origin-Resource-Policy") == "same-origin");
    }
}

TEST_CASE("HEAD says how long the page is and keeps it") {
    KioskRig kiosk;
    kiosk.write_page("index.html", "<!doctype html>");
    kiosk.start();
    const auto answer = rig::http_request(kiosk.tcp(), "HEAD", "/");
    CHECK(answer.status == 200);
    CHECK(answer.header("Content-Length") == "15");
    CHECK(answer.body.empty());
}

TEST_CASE("the screen tells the door, the books and what surrounds it") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.show(open_door());
    const auto answer = kiosk.get("/api/screen");
    CHECK(answer.header("Content-Type") == "application/json");
    CHECK(answer.body ==
          R"({"name":"open","compartment":12,"purpose":"pickup","delivery":"D-7","books":3,)"
          R"("door":1,"doors":2,"items":[],"idle_left_ms":60000,)"
          R"("free":{"small":4,"medium":0,"large":0},)"
          R"("cabinet":{"name":"玉山公园","help_telephone":"0512-5757 5757","version":"0.1.0"},)"
          R"("online":true,"stalled":false,"simulated":false})");
}

TEST_CASE("the courier's list and a notice are part of the screen") {
    KioskRig kiosk;
    kiosk.start();
    auto screen = open_door();
    screen.name = core::ScreenName::courier_list;
    screen.role = protocol::PersonRole::courier;
    screen.items.push_back({.delivery = protocol::DeliveryId::of("D-8"),
                            .state = protocol::DeliveryState::recalling,
                            .size = protocol::SizeClass::large,
                            .books = 2,
                            .compartment = core::CompartmentNumber{5}});
    screen.notice = protocol::Refusal{Reason::no_compartment, "large"};
    kiosk.show(screen);

    const auto shown = json::parse(kiosk.get("/api/screen").body);
    CHECK(text_at(shown, "role") == "courier");
    CHECK(json::serialize(shown.at("items")) ==
          R"([{"delivery":"D-8","state":"recalling","size":"large","books":2,"compartment":5}])");
    CHECK(text_at(shown.at("notice"), "reason") == "no_compartment");
    CHECK(text_at(shown.at("notice"), "argument") == "large");
    CHECK(text_at(shown.at("notice"), "chinese") ==
          protocol::text_of(Reason::no_compartment).chinese);
}

TEST_CASE("that staff have been told stands on the screen of a door that does not open") {
    KioskRig kiosk;
    kiosk.start();
    const std::string told = R"("staff_told":true)";
    auto screen = open_door();
    kiosk.show(screen);
    CHECK(kiosk.get("/api/screen").body.find(told) == std::string::npos);
    screen.name = core::ScreenName::not_opened;
    kiosk.show(screen);
    CHECK(kiosk.get("/api/screen").body.find(told) != std::string::npos);
}

TEST_CASE("whose list waits, and what is left of a maintenance, stand on the screen alone then") {
    KioskRig kiosk;
    kiosk.start();
    auto screen = open_door();
    kiosk.show(screen);
    const auto before = json::parse(kiosk.get("/api/screen").body).as_object();
    CHECK_FALSE(before.contains("waits"));
    CHECK_FALSE(before.contains("maintenance_left_ms"));
    screen.waits = protocol::PersonRole::courier;
    screen.maintenance_left = std::chrono::minutes{50};
    kiosk.show(screen);
    const auto shown = json::parse(kiosk.get("/api/screen").body);
    CHECK(text_at(shown, "waits") == "courier");
    CHECK(shown.at("maintenance_left_ms").as_int64() == 3'000'000);
}

TEST_CASE("the state is the one that dispatch gets") {
    KioskRig kiosk;
    kiosk.start();
    const auto state = json::parse(kiosk.get("/api/state").body);
    CHECK(text_at(state, "cabinet") == "KS-017");
    CHECK(state.at("compartments").as_array().size() == 1);
}

TEST_CASE("what people do reaches the daemon, and the answer brings the screen") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.show(open_door());
    const auto answer = kiosk.post("/api/code", R"({"code":"12345678"})");
    CHECK(answer.status == 200);
    const auto outcome = json::parse(answer.body);
    CHECK(outcome.at("ok").as_bool());
    CHECK(outcome.as_object().if_contains("reason") == nullptr);
    CHECK(text_at(outcome.at("screen"), "name") == "open");

    CHECK(kiosk.post("/api/card", R"({"card":"0A1B-2C"})").status == 200);
    CHECK(kiosk.post("/api/choose", R"({"delivery":"D-7"})").status == 200);
    for (const std::string word : {"done", "again", "later", "too_large", "damaged", "still_there",
                                   "missing", "help", "leave", "stay"}) {
        CHECK(kiosk.post("/api/answer", R"({"answer":")" + word + R"("})").status == 200);
    }
    CHECK(kiosk.asked() == std::vector<std::string>{"code 12345678", "card 0A1B-2C", "choose D-7",
                                                    "answer done", "answer again", "answer later",
                                                    "answer too_large", "answer damaged",
                                                    "answer still_there", "answer missing",
                                                    "answer help", "answer leave", "answer stay"});
}

TEST_CASE("books are brought back by a size, and collected") {
    KioskRig kiosk;
    kiosk.start();
    auto screen = open_door();
    screen.name = core::ScreenName::return_size;
    screen.sizes = {core::SizeClass::small, core::SizeClass::large};
    screen.returns = {core::CompartmentNumber{3}, core::CompartmentNumber{7}};
    screen.takes_returns = true;
    kiosk.show(screen);
    CHECK(kiosk.post("/api/return", "{}").status == 200);
    CHECK(kiosk.post("/api/size", R"({"size":"large"})").status == 200);
    CHECK(kiosk.post("/api/collect", "{}").status == 200);
    CHECK(kiosk.post("/api/size", R"({"size":"huge"})").status == 400);
    CHECK(kiosk.asked() == std::vector<std::string>{"return", "size large", "collect"});
    const auto shown = json::parse(kiosk.get("/api/screen").body);
    CHECK(json::serialize(shown.at("sizes")) == R"(["small","large"])");
    CHECK(json::serialize(shown.at("returns")) == "[3,7]");
    CHECK(shown.at("takes_returns").as_bool());
}

TEST_CASE("staff ask for a walk, and its door and its report stand on the screen") {
    KioskRig kiosk;
    kiosk.start();
    auto screen = open_door();
    screen.name = core::ScreenName::walk_question;
    screen.purpose = core::Purpose::walk;
    screen.role = core::PersonRole::staff;
    screen.disputed = true;
    screen.walk_needed = true;
    kiosk.show(screen);
    CHECK(kiosk.post("/api/walk", "{}").status == 200);
    CHECK(kiosk.post("/api/walk", "[]").status == 400);
    CHECK(kiosk.get("/api/walk").status == 405);
    CHECK(kiosk.asked() == std::vector<std::string>{"walk"});
    auto shown = json::parse(kiosk.get("/api/screen").body).as_object();
    CHECK(shown.at("name").as_string() == "walk_question");
    CHECK(shown.at("purpose").as_string() == "walk");
    CHECK(shown.at("disputed").as_bool());
    CHECK(shown.at("walk_needed").as_bool());
    CHECK_FALSE(shown.contains("returned"));
    CHECK_FALSE(shown.contains("walk"));

    screen = {.name = core::ScreenName::walk_report, .role = core::PersonRole::staff};
    screen.walk = core::WalkReport{
        .total = 24,
        .as_told = 21,
        .found = {
            {core::CompartmentNumber{3}, core::WalkResult::missing, protocol::DeliveryId::of("D-7"),
             false, std::nullopt},
            {core::CompartmentNumber{5}, core::WalkResult::extra, std::nullopt, true, std::nullopt},
            {core::CompartmentNumber{9}, core::WalkResult::skipped, std::nullopt, false,
             protocol::Reason::hardware_lost}}};
    kiosk.show(screen);
    shown = json::parse(kiosk.get("/api/screen").body).as_object();
    CHECK(json::serialize(shown.at("walk")) ==
          R"({"total":24,"as_told":21,"whole":false,"found":[)"
          R"({"number":3,"result":"missing","delivery":"D-7"},)"
          R"({"number":5,"result":"extra","returned":true},)"
          R"({"number":9,"result":"skipped","reason":"hardware_lost",)"
          R"("english":"The cabinet cannot reach its locks and switches.",)"
          R"("chinese":"暂时无法连接柜锁和感应器"}]})");
    CHECK_FALSE(shown.contains("walk_needed"));
}

TEST_CASE("a refusal is an answer, with its sentence in both languages") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.answer_with({Reason::locked_out, "300"});
    const auto answer = kiosk.post("/api/code", R"({"code":"12345678"})");
    CHECK(answer.status == 200);
    const auto outcome = json::parse(answer.body);
    CHECK_FALSE(outcome.at("ok").as_bool());
    CHECK(text_at(outcome, "reason") == "locked_out");
    CHECK(text_at(outcome, "argument") == "300");
    CHECK(text_at(outcome, "english") == protocol::text_of(Reason::locked_out).english);
    CHECK(text_at(outcome, "chinese") == protocol::text_of(Reason::locked_out).chinese);
    CHECK(text_at(outcome.at("screen"), "name") == "start");
}

TEST_CASE("a right and a wrong code are answered alike but for the reason") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.answer_with({Reason::code_unknown, {}});
    const auto first = kiosk.post("/api/code", R"({"code":"12345678"})");
    const auto second = kiosk.post("/api/code", R"({"code":"87654321"})");
    CHECK(first.body == second.body);
    CHECK(first.body.find("12345678") == std::string::npos);
}

TEST_CASE("one connection carries many requests, also before the first is answered") {
    KioskRig kiosk;
    kiosk.start();
    Wire wire{kiosk.tcp()};
    const auto request = "GET /api/screen HTTP/1.1\r\nHost: " + kiosk.host() + "\r\n\r\n";
    wire.send(request + request);
    const auto first = wire.read_response();
    CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(wire.read_response() == first);
    wire.send(request);
    CHECK(wire.read_response() == first);
}

TEST_CASE("cabinetctl asks over the Unix socket, which only the service's user may open") {
    KioskRig kiosk;
    kiosk.start();
    struct stat file {};
    REQUIRE(::stat(kiosk.socket().c_str(), &file) == 0);
    CHECK((file.st_mode & 07777U) == 0600U);
    const rig::HttpHeaders any_host{{"Host", "cabinet.example"}};
    CHECK(rig::http_request(kiosk.socket(), "GET", "/api/state", {}, any_host).status == 200);
    const auto answer =
        rig::http_request(kiosk.socket(), "POST", "/api/answer", R"({"answer":"leave"})", any_host);
    CHECK(answer.status == 200);
    kiosk.stop();
    CHECK_FALSE(std::filesystem::exists(kiosk.socket()));
}

TEST_CASE("hands move the simulated cabinet's doors and books") {
    KioskRig kiosk;
    kiosk.simulate();
    kiosk.start();
    const core::CompartmentNumber twelve{12};

    const auto forced = json::parse(kiosk.post("/api/simulated/12/force", "{}").body);
    CHECK(forced.at("ok").as_bool());
    CHECK(kiosk.world().look(twelve).door_open);
    const auto& second = forced.at("simulated").at("compartments").at(1);
    CHECK(second.at("number").as_int64() == 12);
    CHECK(second.at("door_open").as_bool());

    CHECK(kiosk.post("/api/simulated/12/put", R"({"books":3})").status == 200);
    CHECK(kiosk.world().look(twelve).books == 3);
    CHECK(kiosk.post("/api/simulated/12/take", "{}").status == 200);
    CHECK(kiosk.world().look(twelve).books == 0);
    CHECK(kiosk.post("/api/simulated/12/fault", R"({"fault":"jam","on":true})").status == 200);
    CHECK(kiosk.world().look(twelve).jammed);
    CHECK(kiosk.post("/api/simulated/12/shut", "{}").status == 200);
    CHECK_FALSE(kiosk.world().look(twelve).door_open);
    CHECK(kiosk.get("/api/simulated").status == 200);
}

TEST_CASE("what a hand cannot do is refused with its reason") {
    KioskRig kiosk;
    kiosk.simulate();
    kiosk.start();
    const auto through_shut_door =
        json::parse(kiosk.post("/api/simulated/12/put", R"({"books":3})").body);
    CHECK(text_at(through_shut_door, "reason") == "wrong_state");
    CHECK(text_at(through_shut_door, "argument") == "put");
    const auto nowhere = json::parse(kiosk.post("/api/simulated/99/shut", "{}").body);
    CHECK(text_at(nowhere, "reason") == "unknown_compartment");
    CHECK(kiosk.post("/api/simulated/12/fault", R"({"fault":"rust","on":true})").status == 400);
    CHECK(kiosk.post("/api/simulated/12/put", R"({"books":0})").status == 400);
}

TEST_CASE("a real cabinet has no simulated doors") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(kiosk.get("/api/simulated").status == 404);
    CHECK(kiosk.post("/api/simulated/12/force", "{}").status == 404);
}

}  // namespace lucheng::test

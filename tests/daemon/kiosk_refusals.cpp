#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "tests/daemon/kiosk_rig.hpp"

namespace lucheng::test {

namespace {

struct Refused {
    int status;
    std::string reason, argument;
    bool operator==(const Refused&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << refused.status << ' ' << refused.reason << ' ' << refused.argument;
}

Refused refused_in(const rig::HttpResponse& response) {
    const auto body = boost::json::parse(response.body).as_object();
    REQUIRE_FALSE(body.at("ok").as_bool());
    REQUIRE(body.at("chinese").is_string());
    return {response.status, std::string{body.at("reason").as_string()},
            std::string{body.at("argument").as_string()}};
}

constexpr std::string_view code_body = R"({"code":"12345678"})";

}  // namespace

TEST_CASE("a name that only resolves to this machine opens nothing") {
    KioskRig kiosk;
    kiosk.start();
    const auto port = kiosk.tcp().port;
    for (const auto& host : {fmt::format("evil.example:{}", port), std::string{"127.0.0.1"},
                             std::string{"localhost"}, fmt::format("127.0.0.1:{}", port + 1),
                             fmt::format("127.0.0.1.evil.example:{}", port), std::string{}}) {
        INFO(host);
        const auto answer = kiosk.post("/api/code", code_body, {{"Host", host}});
        CHECK(refused_in(answer) == Refused{403, "not_permitted", "host"});
        CHECK(kiosk.get("/", {{"Host", host}}).status == 403);
    }
    for (const auto& host : {fmt::format("127.0.0.1:{}", port), fmt::format("localhost:{}", port),
                             fmt::format("[::1]:{}", port)}) {
        INFO(host);
        CHECK(kiosk.get("/api/screen", {{"Host", host}}).status == 200);
    }
    CHECK(kiosk.asked().empty());
}

TEST_CASE("no host and two hosts are both refused") {
    KioskRig kiosk;
    kiosk.start();
    const auto none = rig::raw_exchange(kiosk.tcp(), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    CHECK(none.starts_with("HTTP/1.1 400 "));
    const auto two = rig::raw_exchange(
        kiosk.tcp(), fmt::format("GET / HTTP/1.1\r\nConnection: close\r\nHost: {0}\r\n"
                                 "Host: {0}\r\n\r\n",
                                 kiosk.host()));
    CHECK(two.starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a page in another tab opens nothing") {
    KioskRig kiosk;
    kiosk.start();
    const auto own = "http://" + kiosk.host();
    for (const auto& origin :
         {std::string{"http://evil.example"}, std::string{"null"}, "https://" + kiosk.host(),
          own + "0", fmt::format("http://localhost:{}", kiosk.tcp().port)}) {
        INFO(origin);
        const auto answer = kiosk.post("/api/code", code_body, {{"Origin", origin}});
        CHECK(refused_in(answer) == Refused{403, "not_permitted", "origin"});
    }
    CHECK(kiosk.asked().empty());
    CHECK(kiosk.post("/api/code", code_body, {{"Origin", own}}).status == 200);
}

TEST_CASE("a foreign page may link to the kiosk but read nothing from it") {
    KioskRig kiosk;
    kiosk.write_page("index.html", "<!doctype html>");
    kiosk.start();
    const rig::HttpHeaders foreign{{"Sec-Fetch-Site", "cross-site"}};
    CHECK(kiosk.get("/", foreign).status == 200);
    CHECK(refused_in(kiosk.get("/api/screen", foreign)) == Refused{403, "not_permitted", "origin"});
    CHECK(kiosk.get("/api/screen", {{"Sec-Fetch-Site", "same-origin"}}).status == 200);
}

TEST_CASE("a form of a foreign page cannot be made to look like JSON") {
    KioskRig kiosk;
    kiosk.start();
    for (const auto* type : {"text/plain", "application/x-www-form-urlencoded",
                             "multipart/form-data", "application/jsonp", ""}) {
        INFO(type);
        const auto answer = kiosk.post("/api/code", code_body, {{"Content-Type", type}});
        CHECK(refused_in(answer) == Refused{415, "malformed", "content-type"});
    }
    CHECK(kiosk.asked().empty());
    const rig::HttpHeaders with_charset{{"Content-Type", "application/json; charset=utf-8"}};
    CHECK(kiosk.post("/api/code", code_body, with_charset).status == 200);
}

TEST_CASE("a body that is not as documented is refused by the field's name") {
    struct Case {
        std::string_view target, body, argument;
    };
    KioskRig kiosk;
    kiosk.start();
    for (const auto& c : std::initializer_list<Case>{
             {"/api/code", "", "json"},
             {"/api/code", "{", "json"},
             {"/api/code", "[]", "json"},
             {"/api/code", "{} {}", "json"},
             {"/api/code", "{}", "code"},
             {"/api/code", R"({"code":12345678})", "code"},
             {"/api/code", R"({"code":"123"})", "code"},
             {"/api/code", R"({"code":"12345678901234567"})", "code"},
             {"/api/code", R"({"code":"1234 5678"})", "code"},
             {"/api/code", R"({"code":"12345678","code":"87654321"})", "duplicate code"},
             {"/api/card", R"({"card":""})", "card"},
             {"/api/card", R"({"card":"卡"})", "card"},
             {"/api/choose", R"({"delivery":"D 7"})", "delivery"},
             {"/api/choose", R"({"delivery":null})", "delivery"},
             {"/api/answer", R"({"answer":"maybe"})", "answer"},
             {"/api/answer", R"({"answer":true})", "answer"}}) {
        INFO(c.target << ' ' << c.body);
        // The client leaves the type out where there is no body.
        const auto answer = kiosk.post(c.target, c.body, {{"Content-Type", "application/json"}});
        CHECK(refused_in(answer) == Refused{400, "malformed", std::string{c.argument}});
    }
    CHECK(kiosk.asked().empty());
}

TEST_CASE("a code that is refused is not repeated") {
    KioskRig kiosk;
    kiosk.start();
    const auto answer = kiosk.post("/api/code", R"({"code":"1234567890123456789"})");
    CHECK(answer.status == 400);
    CHECK(answer.body.find("1234567") == std::string::npos);
}

TEST_CASE("what is not there and what is not done that way are told apart") {
    KioskRig kiosk;
    kiosk.simulate();
    kiosk.start();
    for (const auto* target :
         {"/api", "/api/", "/api/codes", "/../kiosk_rig.cpp", "/%2e%2e/etc/passwd", "*",
          "/api/simulated/", "/api/simulated/12", "/api/simulated/12/paint",
          "/api/simulated/-1/shut", "/api/simulated/99999999999/shut",
          "http://evil.example/api/screen"}) {
        INFO(target);
        CHECK(refused_in(kiosk.post(target, "{}")) == Refused{404, "malformed", "path"});
    }
    const auto read_only = kiosk.post("/api/screen", "{}");
    CHECK(refused_in(read_only) == Refused{405, "malformed", "method"});
    CHECK(read_only.header("Allow") == "GET, HEAD");
    const auto write_only = kiosk.get("/api/code");
    CHECK(refused_in(write_only) == Refused{405, "malformed", "method"});
    CHECK(write_only.header("Allow") == "POST");
    for (const auto* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "BREW"}) {
        INFO(method);
        CHECK(rig::http_request(kiosk.tcp(), method, "/api/code").status == 405);
    }
    CHECK(refused_in(kiosk.get("/api/events")) == Refused{426, "malformed", "upgrade"});
}

TEST_CASE("bytes that are no HTTP are refused in HTTP") {
    KioskRig kiosk;
    kiosk.start();
    for (const std::string bytes :
         {"\r\n\r\nhello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n",
          "GET / HTTP/1.1\r\nHost 1\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
          "POST /api/code HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "POST /api/code HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        INFO(bytes);
        CHECK(rig::raw_exchange(kiosk.tcp(), bytes).starts_with("HTTP/1.1 400 "));
    }
}

TEST_CASE("an address that others can reach stops the start") {
    boost::asio::io_context loop;
    for (const auto* address : {"0.0.0.0", "192.168.1.20", "::", "cabinet.example", ""}) {
        INFO(address);
        CHECK_THROWS_AS((daemon::KioskServer{loop, {.address = address, .port = 1}, {}}),
                        std::invalid_argument);
    }
}

TEST_CASE("a port or a socket that is in use stops the start") {
    KioskRig kiosk;
    kiosk.start();
    boost::asio::io_context loop;
    CHECK_THROWS_AS(
        (daemon::KioskServer{loop, {.address = "127.0.0.1", .port = kiosk.tcp().port}, {}}),
        std::system_error);
    CHECK_THROWS_AS((daemon::KioskServer{loop, {.address = {}, .socket = kiosk.socket()}, {}}),
                    std::system_error);
    const rig::HttpServer local = kiosk.socket();
    CHECK(rig::http_request(local, "GET", "/api/screen").status == 200);
}

TEST_CASE("a socket file left by a killed daemon is replaced, any other file is not") {
    const rig::TempDir directory{"kiosk"};
    const auto file = directory / "control.sock";
    boost::asio::io_context loop;
    { boost::asio::local::stream_protocol::acceptor killed{loop, {file.string()}}; }
    REQUIRE(std::filesystem::is_socket(file));
    {
        const daemon::KioskServer next{loop, {.address = {}, .socket = file}, {}};
        CHECK(std::filesystem::is_socket(file));
    }
    CHECK_FALSE(std::filesystem::exists(file));
    std::ofstream{file} << "somebody's file";
    CHECK_THROWS_AS((daemon::KioskServer{loop, {.address = {}, .socket = file}, {}}),
                    std::system_error);
    CHECK(std::filesystem::is_regular_file(file));
}

}  // namespace lucheng::test

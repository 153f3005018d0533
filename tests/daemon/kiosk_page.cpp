// The page's files, read as text: what a browser would find missing only on the day.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "core/screen.hpp"

namespace lucheng::test {

namespace {

const std::filesystem::path directory = std::filesystem::path{LUCHENG_SOURCE_DIR} / "web" / "kiosk";

std::string file(const char* name) {
    std::ifstream in{directory / name, std::ios::binary};
    REQUIRE(in);
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

std::set<std::string> all(const std::string& text, const char* pattern) {
    const std::regex expression{pattern};
    std::set<std::string> found;
    for (std::sregex_iterator at{text.begin(), text.end(), expression}, end; at != end; ++at) {
        found.insert((*at)[1].str());
    }
    return found;
}

constexpr std::array screens{core::ScreenName::start,          core::ScreenName::opening,
                             core::ScreenName::open,           core::ScreenName::settling,
                             core::ScreenName::still_occupied, core::ScreenName::confirm_emptied,
                             core::ScreenName::not_opened,     core::ScreenName::left_open,
                             core::ScreenName::thanks,         core::ScreenName::courier_list,
                             core::ScreenName::sensed_empty,   core::ScreenName::confirm_deposit,
                             core::ScreenName::out_of_order};

}  // namespace

TEST_CASE("both catalogues of the kiosk page say the same things with the same arguments") {
    const auto words = file("words.js");
    const auto split = words.find("\n  en: {");
    REQUIRE(split != std::string::npos);
    const auto chinese = words.substr(0, split), english = words.substr(split + 8);
    const auto* key = R"(\n    (\w+): ')";
    CHECK(all(chinese, key).size() > 50);
    CHECK(all(chinese, key) == all(english, key));
    for (const auto& word : all(chinese, key)) {
        INFO(word);
        const auto line = [&](const std::string& catalogue) {
            const auto at = catalogue.find("\n    " + word + ": ");
            return catalogue.substr(at, catalogue.find('\n', at + 1) - at);
        };
        CHECK(all(line(chinese), R"(\{(\w+)\})") == all(line(english), R"(\{(\w+)\})"));
    }
}

TEST_CASE("the kiosk page knows every screen and every word it says") {
    const auto words = all(file("words.js"), R"(\n    (\w+): ')");
    const auto views = all(file("screens.js"), R"(\n  (\w+): \()");
    for (const auto screen : screens) {
        const std::string name{core::code_of(screen)};
        INFO(name);
        CHECK(views.contains(name));
        const bool has_other_line = screen == core::ScreenName::courier_list;
        CHECK((has_other_line || words.contains("screen_" + name)));
    }
    CHECK(views.size() == screens.size());
    std::set<std::string> said;
    for (const auto* name : {"kiosk.js", "keypad.js", "cabinet.js", "screens.js"}) {
        const auto script = file(name);
        said.merge(all(script, R"(say\(\w+(?:\.\w+)?, '(\w+)')"));
        said.merge(all(script, R"(words\('(\w+)')"));
        said.merge(all(script, R"(button\('\w+', '(\w+)')"));
        said.merge(all(script, R"(line: '(\w+)')"));
        said.merge(all(script, R"(details: \['(\w+)'\])"));
        said.merge(all(script, R"(details\.push\('(\w+)')"));
    }
    CHECK(said.size() > 30);
    CHECK(std::includes(words.begin(), words.end(), said.begin(), said.end()));
}

TEST_CASE("the kiosk page runs under the strict policy it is served with") {
    const auto page = file("index.html");
    CHECK(all(page, R"((<script(?![^>]* src=)))").empty());
    CHECK(all(page, R"((<style|\sstyle=|\son\w+=|https?:))").empty());
    for (const auto& part : all(page, R"((?:src|href)="([^"]+)\")")) {
        INFO(part);
        CHECK(std::filesystem::exists(directory / part));
    }
    for (const auto* name :
         {"kiosk.js", "keypad.js", "cabinet.js", "screens.js", "link.js", "dom.js", "words.js"}) {
        INFO(name);
        const auto script = file(name);
        CHECK(all(script, R"((\beval\(|innerHTML|new Function|\.style\b|https?:))").empty());
        for (const auto& part : all(script, R"(from '\./([^']+)')")) {
            INFO(part);
            CHECK(std::filesystem::exists(directory / part));
        }
    }
}

}  // namespace lucheng::test

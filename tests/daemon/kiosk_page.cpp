// The page's files, read as text: what a browser would find missing only on the day.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "core/screen.hpp"

namespace lucheng::test {

namespace {

const std::filesystem::path directory = std::filesystem::path{LUCHENG_SOURCE_DIR} / "web" / "kiosk";

std::string file(const char* name) {
    std::ifstream in{directory / name, std::ios::binary};
    REQUIRE(in);
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

bool is_part_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// Every name that stands between these two, wherever they enclose nothing else.
std::set<std::string> all(const std::string& text, std::string_view before,
                          std::string_view after) {
    std::set<std::string> found;
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        const auto begin = at + before.size();
        auto end = begin;
        while (end < text.size() && is_part_of_name(text[end])) ++end;
        if (end == begin || text.compare(end, after.size(), after) != 0) continue;
        found.insert(text.substr(begin, end - begin));
    }
    return found;
}

void check_absent(const std::string& text, std::initializer_list<std::string_view> forbidden) {
    for (const auto word : forbidden) {
        INFO(word);
        CHECK(text.find(word) == std::string::npos);
    }
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
    const auto keys = all(chinese, "\n    ", ": '");
    CHECK(keys.size() > 50);
    CHECK(keys == all(english, "\n    ", ": '"));
    for (const auto& key : keys) {
        INFO(key);
        const auto line = [&](const std::string& catalogue) {
            const auto at = catalogue.find("\n    " + key + ": ");
            return catalogue.substr(at, catalogue.find('\n', at + 1) - at);
        };
        CHECK(all(line(chinese), "{", "}") == all(line(english), "{", "}"));
    }
}

TEST_CASE("the kiosk page knows every screen and every word it says") {
    const auto words = all(file("words.js"), "\n    ", ": '");
    const auto views = all(file("screens.js"), "\n  ", ": (");
    for (const auto screen : screens) {
        const std::string name{core::code_of(screen)};
        INFO(name);
        CHECK(views.contains(name));
        CHECK(words.contains("screen_" + name));
    }
    CHECK(views.size() == screens.size());
    std::set<std::string> said;
    for (const auto* name : {"kiosk.js", "keypad.js", "cabinet.js", "screens.js"}) {
        const auto script = file(name);
        for (const auto* before : {"language, '", "words('", "line: '", "details: ['", "push('"}) {
            said.merge(all(script, before, "'"));
        }
        // button('again', 'try_again', true): an answer, then its word
        for (const auto& answer : all(script, "button('", "', '")) {
            said.merge(all(script, "button('" + answer + "', '", "'"));
        }
    }
    CHECK(said.size() > 40);
    for (const auto& word : said) {
        INFO(word);
        CHECK(words.contains(word));
    }
}

TEST_CASE("the kiosk page runs under the strict policy it is served with") {
    const auto page = file("index.html");
    check_absent(page, {"<script>", "<style", " style=", " onclick=", "http:", "https:"});
    for (const auto* before : {"src=\"", "href=\""}) {
        for (const auto& part : all(page, before, "\"")) {
            INFO(part);
            CHECK(std::filesystem::exists(directory / part));
        }
    }
    for (const auto* name :
         {"kiosk.js", "keypad.js", "cabinet.js", "screens.js", "link.js", "dom.js", "words.js"}) {
        INFO(name);
        const auto script = file(name);
        check_absent(script, {"eval(", "innerHTML", "new Function", ".style.", "http:", "https:"});
        for (const auto& part : all(script, "from './", "'")) {
            INFO(part);
            CHECK(std::filesystem::exists(directory / part));
        }
    }
}

}  // namespace lucheng::test

// The sources of the kiosk's page against the daemon's words, and the built page against the policy
// that it is served with; tests/web drives the page itself.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "core/input.hpp"
#include "core/screen.hpp"

namespace lucheng::test {

namespace {

const std::filesystem::path directory = std::filesystem::path{LUCHENG_SOURCE_DIR} / "web" / "kiosk";

std::string file(const std::filesystem::path& name) {
    std::ifstream in{directory / name, std::ios::binary};
    REQUIRE(in);
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

bool is_part_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '/';
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

constexpr std::array screens{core::ScreenName::start,
                             core::ScreenName::opening,
                             core::ScreenName::open,
                             core::ScreenName::settling,
                             core::ScreenName::still_occupied,
                             core::ScreenName::confirm_emptied,
                             core::ScreenName::not_opened,
                             core::ScreenName::left_open,
                             core::ScreenName::thanks,
                             core::ScreenName::courier_list,
                             core::ScreenName::sensed_empty,
                             core::ScreenName::confirm_deposit,
                             core::ScreenName::out_of_order,
                             core::ScreenName::return_card,
                             core::ScreenName::return_size,
                             core::ScreenName::return_thanks,
                             core::ScreenName::confirm_collection,
                             core::ScreenName::walk_question,
                             core::ScreenName::walk_report};

constexpr std::array answers{
    core::Answer::done,    core::Answer::again,       core::Answer::later, core::Answer::too_large,
    core::Answer::damaged, core::Answer::still_there, core::Answer::help,  core::Answer::leave,
    core::Answer::stay,    core::Answer::missing};

}  // namespace

TEST_CASE("both catalogues of the kiosk page say the same things with the same arguments") {
    const auto chinese = file("src/words/zh-CN.ts"), english = file("src/words/en.ts");
    const auto keys = all(chinese, "\n  ", ": '");
    CHECK(keys.size() > 50);
    CHECK(keys == all(english, "\n  ", ": '"));
    for (const auto& key : keys) {
        INFO(key);
        const auto line = [&](const std::string& catalogue) {
            const auto at = catalogue.find("\n  " + key + ": ");
            return catalogue.substr(at, catalogue.find('\n', at + 1) - at);
        };
        CHECK(all(line(chinese), "{", "}") == all(line(english), "{", "}"));
    }
}

TEST_CASE("the kiosk page knows every screen and every answer") {
    const auto words = all(file("src/words/zh-CN.ts"), "\n  ", ": '");
    const auto views = all(file("src/views.ts"), "\n  ", ": (");
    for (const auto screen : screens) {
        const std::string name{core::code_of(screen)};
        INFO(name);
        CHECK(views.contains(name));
        CHECK(words.contains("screen_" + name));
    }
    CHECK(views.size() == screens.size());
    const auto spoken = all(file("src/interface.ts"), "\n  | '", "'");
    for (const auto answer : answers) {
        INFO(core::code_of(answer));
        CHECK(spoken.contains(std::string{core::code_of(answer)}));
    }
}

TEST_CASE("the kiosk page runs under the strict policy it is served with") {
    std::size_t scripts = 0;
    for (const auto& entry : std::filesystem::directory_iterator{directory / "dist"}) {
        const auto name = entry.path().filename().string();
        INFO(name);
        const auto text = file(entry.path());
        check_absent(text, {"https:"});
        if (name.ends_with(".html")) {
            check_absent(text, {"http:", "<script>", "<style", " style=", " onclick="});
            for (const auto* before : {"src=\"./", "href=\"./"}) {
                for (const auto& part : all(text, before, "\"")) {
                    INFO(part);
                    CHECK(std::filesystem::exists(directory / "dist" / part));
                }
            }
        }
        if (!name.ends_with(".js")) continue;
        ++scripts;
        check_absent(text, {"eval(", "new Function"});
    }
    CHECK(scripts > 2);
}

}  // namespace lucheng::test

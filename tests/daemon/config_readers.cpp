#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <string>

#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

using test::Lines;

constexpr std::string_view keyboard = R"([[reader]]
id = "scanner"
connection = "keyboard"
usb_id = "0c2e:0b61"
name = "Scanner"
port = "usb-0000:00:14.0-2/input0"
)";
constexpr std::string_view serial = R"([[reader]]
id = "cards"
connection = "serial"
path = "/dev/serial/by-id/cards"
)";

LoadedConfig with(std::string_view readers) {
    return test::load(std::string{test::right_config} + std::string{readers});
}

// The only problem, without its place.
std::string wrong(std::string_view readers) {
    const auto lines = test::lines_of(with(readers));
    if (lines.size() != 1) return fmt::format("{} problems", lines.size());
    const auto& line = lines.front();
    return line.substr(line.find(": ") + 2);
}

std::string format(std::string_view reader, std::string_view keys) {
    return fmt::format("[[format]]\nreader = \"{}\"\n{}\n", reader, keys);
}

TEST_CASE("readers come with their place and their formats, in the order of the file") {
    const auto loaded = with(std::string{keyboard} + std::string{serial} +
                             format("scanner", "meaning = \"token\"") +
                             format("cards",
                                    "meaning = \"reader_card\"\nnumber = \"decimal\"\nbytes = 4\n"
                                    "byte_order = \"reversed\"\nshortest = 8\nlongest = 10\n"
                                    "characters = \"digits\"\nprefix = \"R\"") +
                             format("scanner", "meaning = \"parcel\"\nprefix = \"LC:\""));
    CHECK(test::lines_of(loaded) == Lines{});
    const auto& config = loaded.config;
    REQUIRE(config.reader_places.size() == 2);
    CHECK(std::get<hal::KeyboardPlace>(config.reader_places[0].at) ==
          hal::KeyboardPlace{0x0c2e, 0x0b61, "Scanner", "usb-0000:00:14.0-2/input0"});
    const auto& cards = std::get<hal::SerialPlace>(config.reader_places[1].at);
    CHECK(cards.path == "/dev/serial/by-id/cards");
    CHECK(cards.baud == 9'600);
    REQUIRE(config.cabinet.readers.size() == 2);
    CHECK(config.cabinet.readers[0].id == "scanner");
    REQUIRE(config.cabinet.readers[0].formats.size() == 2);
    CHECK(config.cabinet.readers[0].formats[0].meaning == core::ScanMeaning::token);
    CHECK(config.cabinet.readers[0].formats[1].meaning == core::ScanMeaning::parcel);
    CHECK(config.cabinet.readers[0].formats[1].prefix == "LC:");
    const auto& card = config.cabinet.readers[1].formats.at(0);
    CHECK(card.meaning == core::ScanMeaning::reader_card);
    CHECK(card.prefix == "R");
    CHECK(card.characters == core::ScanCharacters::digits);
    CHECK(card.shortest == 8);
    CHECK(card.longest == 10);
    CHECK(card.writing == core::CardWriting::decimal);
    CHECK(card.order == core::ByteOrder::reversed);
    CHECK(card.bytes == 4);
}

TEST_CASE("without readers there are none, and nothing is asked for") {
    const auto loaded = with("");
    CHECK(loaded.config.reader_places.empty());
    CHECK(loaded.config.cabinet.readers.empty());
}

TEST_CASE("a keyboard is named by vendor, product, name and port, a serial line by its path") {
    const std::string any = format("r", "meaning = \"card\"");
    CHECK(wrong("[[reader]]\nid = \"r\"\nconnection = \"keyboard\"\nusb_id = \"0c2e:0b61\"\n"
                "name = \"N\"\n" +
                any) ==
          "reader r: port is missing (the same model in another socket is a "
          "stranger's)");
    CHECK(wrong("[[reader]]\nid = \"r\"\nconnection = \"keyboard\"\nusb_id = \"0c2e-0b61\"\n"
                "name = \"N\"\nport = \"P\"\n" +
                any) ==
          "reader r: usb_id is \"0c2e-0b61\"; two times four hexadecimal digits are "
          "expected, as 0c2e:0b61");
    CHECK(wrong("[[reader]]\nid = \"r\"\nconnection = \"serial\"\n" + any) ==
          "reader r: path is missing (below /dev/serial/by-path or /dev/serial/by-id)");
    CHECK(wrong("[[reader]]\nid = \"r\"\nconnection = \"serial\"\npath = \"/dev/a\"\n"
                "baud = 9601\n" +
                any) ==
          "reader r: baud is 9601; allowed are 1200, 2400, 4800, 9600, 19200, 38400, "
          "57600 and 115200");
    CHECK(wrong("[[reader]]\nid = \"r\"\nconnection = \"serial\"\npath = \"/dev/a\"\n"
                "port = \"P\"\n" +
                any) == "reader r: port has no use with connection = \"serial\"");
}

TEST_CASE("each reader has an id of its own and a format, each format a reader") {
    const std::string card = format("cards", "meaning = \"card\"");
    CHECK(wrong(serial) ==
          "reader cards: no [[format]] says what it reads, so that nothing it "
          "reads means anything");
    CHECK(wrong(std::string{serial} + std::string{serial} + card) ==
          "reader cards: id is \"cards\"; the reader at line 24 has this id too");
    CHECK(wrong(std::string{serial} + card + format("scanner", "meaning = \"code\"")) ==
          "[[format]] no. 2: reader is \"scanner\"; no [[reader]] has this id");
}

TEST_CASE("a format that could fit nothing, or says what it does not use, is refused") {
    const auto refused = [](std::string_view keys) {
        return wrong(std::string{serial} + format("cards", keys));
    };
    CHECK(refused("meaning = \"card\"\nshortest = 9\nlongest = 8") ==
          "[[format]] no. 1: shortest is 9; longest is 8");
    CHECK(refused("meaning = \"card\"\nnumber = \"decimal\"") ==
          "[[format]] no. 1: bytes is missing; a decimal number does not tell how many bytes the "
          "card has: say 4 for most, 7 for others");
    CHECK(refused("meaning = \"token\"\nnumber = \"hex\"") ==
          "[[format]] no. 1: number has no use with meaning = \"token\": it is for cards");
    CHECK(refused("meaning = \"card\"\nbyte_order = \"reversed\"") ==
          "[[format]] no. 1: byte_order has no use with number = \"text\"");
    CHECK(refused("meaning = \"regex\"").find("allowed are code, token, card") !=
          std::string::npos);
}

}  // namespace
}  // namespace lucheng::daemon

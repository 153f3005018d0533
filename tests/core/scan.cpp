// What a scanned text means, by the formats of its reader.
#include "core/scan.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"

using namespace lucheng::core;

namespace {

ScanFormat format(ScanMeaning meaning, std::string prefix = {}) {
    ScanFormat one;
    one.meaning = meaning;
    one.prefix = std::move(prefix);
    return one;
}

ScanFormat card(CardWriting writing, std::size_t bytes, ByteOrder order = ByteOrder::as_read) {
    ScanFormat one = format(ScanMeaning::card);
    one.writing = writing;
    one.bytes = bytes;
    one.order = order;
    return one;
}

// "token 6180339887498948"; "nothing" where no format fits.
std::string told(const std::vector<ScanFormat>& formats, std::string_view read) {
    const auto scan = tell_apart(formats, read);
    if (!scan) return "nothing";
    return std::string{code_of(scan->meaning)} + ' ' + scan->text.text;
}

}  // namespace

TEST_CASE("a scan means what the first format says that it fits") {
    auto badge = format(ScanMeaning::courier_card, "E");
    badge.characters = ScanCharacters::digits;
    const std::vector<ScanFormat> scanner{format(ScanMeaning::parcel, "LC:"),
                                          format(ScanMeaning::token), format(ScanMeaning::code),
                                          badge, format(ScanMeaning::reader_card)};
    CHECK(told(scanner, "LC:D-20261122-7") == "parcel D-20261122-7");
    CHECK(told(scanner, "6180339887498948") == "token 6180339887498948");
    CHECK(told(scanner, "73190468") == "code 73190468");
    CHECK(told(scanner, "E4711") == "courier_card 4711");
    CHECK(told(scanner, "sz0017") == "reader_card SZ0017");
    CHECK(told(scanner, "E47x1") == "reader_card E47X1");
    CHECK(told(scanner, "LC:") == "reader_card LC:");
    CHECK(told(scanner, "") == "nothing");
    CHECK(told(scanner, "two words") == "nothing");
    CHECK(told(scanner, std::string(200, '1')) == "nothing");
}

TEST_CASE("a code, a token and a label are never taken from what cannot be one") {
    CHECK(told({format(ScanMeaning::code)}, "123") == "nothing");
    CHECK(told({format(ScanMeaning::code)}, "1234567890123") == "nothing");
    CHECK(told({format(ScanMeaning::code)}, "1234x678") == "nothing");
    CHECK(told({format(ScanMeaning::token)}, "618033988749894") == "nothing");
    CHECK(told({format(ScanMeaning::token)}, "618033988749894a") == "nothing");
    CHECK(told({format(ScanMeaning::parcel)}, "D_7") == "nothing");
    CHECK(told({format(ScanMeaning::parcel)}, std::string(65, 'D')) == "nothing");
    auto eight = format(ScanMeaning::code);
    eight.shortest = eight.longest = 8;
    CHECK(told({eight}, "1234567") == "nothing");
    CHECK(told({eight}, "12345678") == "code 12345678");
}

TEST_CASE("one card is one number, however its reader writes it") {
    // The UID 04 D1 CE B0, as six readers show it.
    const std::string uid = "card 04D1CEB0";
    CHECK(told({card(CardWriting::hex, 4)}, "04d1ceb0") == uid);
    CHECK(told({card(CardWriting::hex, 4)}, "04:D1:CE:B0") == uid);
    CHECK(told({card(CardWriting::hex, 4, ByteOrder::reversed)}, "B0CED104") == uid);
    CHECK(told({card(CardWriting::decimal, 4)}, "80858800") == uid);
    CHECK(told({card(CardWriting::decimal, 4)}, "0080858800") == uid);
    CHECK(told({card(CardWriting::decimal, 4, ByteOrder::reversed)}, "2966343940") == uid);
    auto prefixed = card(CardWriting::hex, 4);
    prefixed.prefix = "UID=";
    CHECK(told({prefixed}, "UID=04D1CEB0") == uid);
    CHECK(told({prefixed}, "04D1CEB0") == "nothing");
}

TEST_CASE("a card's number of the wrong length or with a stray character is none") {
    CHECK(told({card(CardWriting::hex, 4)}, "04D1CEB") == "nothing");
    CHECK(told({card(CardWriting::hex, 4)}, "04D1CEB0A9") == "nothing");
    CHECK(told({card(CardWriting::hex, 0)}, "04D1CEB00CA9A7") == "card 04D1CEB00CA9A7");
    CHECK(told({card(CardWriting::hex, 0)}, "04D1CEB00CA9A704D1CEB0") == "nothing");
    CHECK(told({card(CardWriting::hex, 0)}, "::") == "nothing");
    CHECK(told({card(CardWriting::hex, 4)}, "04D1CEBG") == "nothing");
    CHECK(told({card(CardWriting::decimal, 4)}, "4294967295") == "card FFFFFFFF");
    CHECK(told({card(CardWriting::decimal, 4)}, "4294967296") == "nothing");
    CHECK(told({card(CardWriting::decimal, 10)}, "1208925819614629174706175") ==
          "card FFFFFFFFFFFFFFFFFFFF");
    CHECK(told({card(CardWriting::decimal, 4)}, "12,345") == "nothing");
    CHECK(told({card(CardWriting::decimal, 0)}, "12345") == "nothing");
}

TEST_CASE("whatever a reader sends, nothing is taken for what it cannot be") {
    auto hex = card(CardWriting::hex, 0, ByteOrder::reversed);
    hex.prefix = "U";
    const std::vector<ScanFormat> formats{
        format(ScanMeaning::parcel, "LC"), format(ScanMeaning::token),
        format(ScanMeaning::code),         hex,
        card(CardWriting::decimal, 4),     format(ScanMeaning::reader_card, "R")};
    constexpr std::string_view often = "0123456789abcdefLCUR:- ";
    std::mt19937 dice{7};
    int told_apart = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string read(dice() % 40, '0');
        for (char& c : read) {
            c = dice() % 50 == 0 ? static_cast<char>(dice()) : often[dice() % often.size()];
        }
        const auto scan = tell_apart(formats, read);
        if (!scan) continue;
        ++told_apart;
        const auto& text = scan->text.text;
        const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
        switch (scan->meaning) {
            case ScanMeaning::code: CHECK((digits && text.size() >= 4 && text.size() <= 12)); break;
            case ScanMeaning::token: CHECK((digits && text.size() == 16)); break;
            case ScanMeaning::parcel: CHECK(lucheng::protocol::is_id(text)); break;
            case ScanMeaning::card:
                CHECK(text.find_first_not_of("0123456789ABCDEF") == std::string::npos);
                CHECK((text.size() % 2 == 0 && text.size() <= 20));
                break;
            case ScanMeaning::reader_card:
                CHECK(text.find_first_of(" abcdef") == std::string::npos);
                break;
            case ScanMeaning::courier_card: CHECK(false); break;
        }
    }
    CHECK(told_apart > 1'000);
}

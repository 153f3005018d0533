// What a reader has read, and what that means: told by the configured formats of this reader.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/secret.hpp"

namespace lucheng::core {

enum class ScanMeaning : std::uint8_t {
    code,          // a pickup code
    token,         // of a QR code
    card,          // a patron's or a courier's: whose it is, the ledger tells
    reader_card,   // a patron's (读者证) and never a courier's
    courier_card,  // a courier's or staff's and never a patron's
    parcel,        // a parcel's label: the delivery's id
};
enum class ScanCharacters : std::uint8_t { any, digits, hex, alphanumeric };
// How a reader writes a card's number.
enum class CardWriting : std::uint8_t {
    text,     // as it is printed
    hex,      // of its bytes, in pairs; : - and spaces between them are left out
    decimal,  // one number, of all its bytes
};
enum class ByteOrder : std::uint8_t { as_read, reversed };

// One kind of thing that a reader reads. Lengths are of what follows the prefix.
struct ScanFormat {
    ScanMeaning meaning{};
    std::string prefix{};  // what it must begin with; no part of the number
    ScanCharacters characters{};
    std::size_t shortest = 1;
    std::size_t longest = 64;
    CardWriting writing{};  // of cards alone, as are the next two
    ByteOrder order{};
    std::size_t bytes = 0;  // of the card's number; 0: as many as there are, in hex alone
};

struct ReaderSpec {
    std::string id{};
    std::vector<ScanFormat> formats{};  // the first that fits counts
};

// A code, token or card number in its one canonical form, or a delivery's id.
struct Scan {
    ScanMeaning meaning{};
    protocol::SecretText text{};
};

inline constexpr std::size_t scan_length_max = 96;  // a prefix and a delivery's id
inline constexpr std::size_t card_bytes_max = 10;   // the longest UID of ISO 14443

// None: no format fits.
[[nodiscard]] std::optional<Scan> tell_apart(std::span<const ScanFormat> formats,
                                             std::string_view read);

// The canonical form of a card's number: capitals; of bytes, all of them in hexadecimal with the
// most significant first. Everything that compares card numbers goes through here.
// False: it is none in this writing.
[[nodiscard]] bool to_canonical_card(std::string_view number, const ScanFormat& format,
                                     std::string& canonical);
void to_capitals(std::string& card_number);

[[nodiscard]] std::string_view code_of(ScanMeaning meaning);

}  // namespace lucheng::core

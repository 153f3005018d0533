// Any bytes into every decoder: none may crash, and what one accepts it must write so that it reads
// the same again.
#include "protocol/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/codec_kiosk.hpp"
#include "protocol/self_test.hpp"

namespace {

using namespace lucheng::protocol;

void check(bool holds) {
    if (!holds) std::abort();
}

template <class T>
void settles(Result<T> (*decode)(std::string_view), std::string_view bytes) {
    const auto once = decode(bytes);
    if (!once) {
        check(!code_of(once.refusal().reason).empty());
        // It is answered and logged: short, and of what was sent no more than a field's name.
        check(once.refusal().argument.size() <= 128);
        return;
    }
    const auto written = encode(once.value());
    const auto twice = decode(written);
    check(twice && encode(twice.value()) == written);
}

void entry_settles(std::string_view bytes) {
    const auto once = decode_entry(bytes);
    if (!once) return;
    const auto written = encode_entry(once.value().header, once.value().fact, nullptr);
    const auto twice = decode_entry(written);
    check(twice && encode_entry(twice.value().header, twice.value().fact, nullptr) == written);
}

// What the cabinet's own screen may send.
void kiosk_settles(std::string_view bytes) {
    static_cast<void>(decode_code(bytes));
    static_cast<void>(decode_card(bytes));
    static_cast<void>(decode_choice(bytes));
    static_cast<void>(decode_answer(bytes));
    static_cast<void>(decode_books(bytes));
    static_cast<void>(decode_fault(bytes));
    static_cast<void>(decode_swap(bytes));
    static_cast<void>(decode_outcome(bytes));
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    settles(&decode_envelope, bytes);
    settles(&decode_command, bytes);
    settles(&decode_reply, bytes);
    settles(&decode_status, bytes);
    settles(&decode_state, bytes);
    settles(&decode_health, bytes);
    settles(&decode_event, bytes);
    settles(&decode_test_order, bytes);
    settles(&decode_test_answer, bytes);
    settles(&decode_test_report, bytes);
    entry_settles(bytes);
    kiosk_settles(bytes);
    static_cast<void>(command_id_in(bytes));
    return 0;
}

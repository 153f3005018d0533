// Text that leaves nothing behind: overwritten when it goes, all of the room that it had. A string
// that was moved from would keep a short code in its own bytes.
#pragma once

#include <string>

namespace lucheng::protocol {

void wipe(std::string& secret);  // and empties it

struct SecretText {
    std::string text{};
    ~SecretText() { wipe(text); }
};

}  // namespace lucheng::protocol

#include "protocol/topics.hpp"

#include <cstddef>

namespace lucheng::protocol {

namespace {

constexpr std::size_t levels_max = 8;
constexpr std::size_t level_length_max = id_length_max;

bool is_level(std::string_view level) {
    if (level.empty() || level.size() > level_length_max) return false;
    for (const char c : level) {
        if (c != '_' && !is_id(std::string_view{&c, 1})) return false;
    }
    return true;
}

}  // namespace

Topics topics_of(std::string_view root, const CabinetId& cabinet) {
    const std::string base = std::string{root} + '/' + cabinet.str() + '/';
    return Topics{.status = base + "status",
                  .state = base + "state",
                  .command = base + "command",
                  .reply = base + "reply",
                  .event = base + "event",
                  .health = base + "health"};
}

bool is_root(std::string_view root) {
    for (std::size_t levels = 1; levels <= levels_max; ++levels) {
        const auto slash = root.find('/');
        if (!is_level(root.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        root.remove_prefix(slash + 1);
    }
    return false;
}

bool is_below_reply(const Topics& topics, std::string_view response_topic) {
    const std::string_view reply = topics.reply;
    if (response_topic.substr(0, reply.size()) != reply) return false;
    response_topic.remove_prefix(reply.size());
    if (response_topic.empty() || response_topic.front() != '/') return false;
    return is_root(response_topic.substr(1));
}

}  // namespace lucheng::protocol

#include "tools/bench/workload.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/core.h>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "protocol/codec.hpp"

namespace lucheng::bench {

namespace {

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    if (text.empty() || std::from_chars(text.data(), end, number).ptr != end) {
        throw std::runtime_error(fmt::format("not a command's number: {}", text));
    }
    return number;
}

class FloorWorkload final : public Workload {
public:
    explicit FloorWorkload(std::size_t bytes) : bytes_{bytes} {}

    std::string command(std::uint64_t n) override {
        std::string bytes = fmt::format("{} ", n);
        bytes.resize(std::max(bytes.size(), bytes_), '.');
        return bytes;
    }

    [[nodiscard]] std::uint64_t done(const std::string& reply) const override {
        return number_in(reply);
    }

private:
    std::size_t bytes_;
};

class CabinetWorkload final : public Workload {
public:
    explicit CabinetWorkload(CommandSource dispatch) : dispatch_{std::move(dispatch)} {}

    std::string command(std::uint64_t n) override {
        return dispatch_.sign(protocol::CommandId::of(fmt::format("{}{}", id_prefix, n)), verb(n));
    }

    [[nodiscard]] std::uint64_t done(const std::string& bytes) const override {
        const auto reply = protocol::decode_reply(bytes);
        if (!reply || reply.value().refusal) {
            throw std::runtime_error("the cabinet refuses: " + bytes);
        }
        return number_in(std::string_view{reply.value().id.str()}.substr(id_prefix.size()));
    }

private:
    static constexpr std::string_view id_prefix = "bench-";

    static protocol::Verb verb(std::uint64_t n) {
        const auto delivery = protocol::DeliveryId::of(fmt::format("delivery-{}", n / 2));
        if (n % 2 == 1) {
            return protocol::Cancel{.delivery = delivery, .revision = protocol::Revision{2}};
        }
        protocol::Assign assign;
        assign.delivery = delivery;
        assign.revision = protocol::Revision{1};
        assign.patron = protocol::PersonId::of(fmt::format("patron-{}", n / 2));
        assign.size = protocol::SizeClass::small;
        assign.secrets.code = fmt::format("{:08}", n / 2);
        return assign;
    }

    CommandSource dispatch_;
};

}  // namespace

std::unique_ptr<Workload> floor_workload(std::size_t bytes) {
    return std::make_unique<FloorWorkload>(bytes);
}

std::string CommandSource::sign(protocol::CommandId id, protocol::Verb verb) const {
    const auto now =
        std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
    protocol::Command command;
    command.id = std::move(id);
    command.cabinet = cabinet;
    command.issued_at = now;
    command.expires_at = now + std::chrono::hours{1};
    command.verb = std::move(verb);
    protocol::seal_secrets(command.verb, cabinet_key);
    return protocol::encode(key.sign(protocol::encode(command)));
}

std::unique_ptr<Workload> cabinet_workload(CommandSource dispatch) {
    return std::make_unique<CabinetWorkload>(std::move(dispatch));
}

}  // namespace lucheng::bench

#include "tests/rig/mqtt_packet.hpp"

#include <stdexcept>

namespace lucheng::rig::packet {

namespace {

enum Property : std::uint8_t {
    message_expiry_s = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation = 0x09,
    session_expiry_s = 0x11,
    receive_maximum = 0x21,
};

// How the value of each property is laid out.
enum class Layout { byte, two_bytes, four_bytes, length, text, pair, unknown };

Layout layout_of(std::uint8_t property) {
    switch (property) {
        case 0x01:
        case 0x17:
        case 0x19:
        case 0x24:
        case 0x25:
        case 0x28:
        case 0x29:
        case 0x2A: return Layout::byte;
        case 0x13:
        case 0x21:
        case 0x22:
        case 0x23: return Layout::two_bytes;
        case 0x02:
        case 0x11:
        case 0x18:
        case 0x27: return Layout::four_bytes;
        case 0x0B: return Layout::length;
        case 0x03:
        case 0x08:
        case 0x09:
        case 0x12:
        case 0x15:
        case 0x16:
        case 0x1A:
        case 0x1C:
        case 0x1F: return Layout::text;
        case 0x26: return Layout::pair;
        default: return Layout::unknown;
    }
}

[[noreturn]] void malformed() { throw std::runtime_error("the broker sent a malformed packet"); }

class Writer {
public:
    void byte(std::size_t value) { bytes_ += static_cast<char>(value & 0xFF); }
    void two_bytes(std::size_t value) {
        byte(value >> 8);
        byte(value);
    }
    void four_bytes(std::size_t value) {
        two_bytes(value >> 16);
        two_bytes(value);
    }
    void length(std::size_t value) {
        do {
            const std::size_t rest = value >> 7;
            byte((value & 0x7F) | (rest > 0 ? 0x80U : 0U));
            value = rest;
        } while (value > 0);
    }
    void text(std::string_view value) {
        two_bytes(value.size());
        bytes_ += value;
    }
    void text_property(Property property, std::string_view value) {
        if (value.empty()) return;
        byte(property);
        text(value);
    }
    void properties(const Writer& written) {
        length(written.bytes_.size());
        bytes_ += written.bytes_;
    }
    void payload(std::string_view value) { bytes_ += value; }

    [[nodiscard]] std::string packet(Type type, std::size_t flags) const {
        Writer whole;
        whole.byte((static_cast<std::size_t>(type) << 4) | flags);
        whole.length(bytes_.size());
        return whole.bytes_ + bytes_;
    }

private:
    std::string bytes_;
};

class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_{bytes} {}

    std::uint8_t byte() { return static_cast<std::uint8_t>(take(1).front()); }
    std::uint16_t two_bytes() {
        const unsigned high = byte();
        return static_cast<std::uint16_t>((high << 8) | byte());
    }
    std::uint32_t four_bytes() {
        const std::uint32_t high = two_bytes();
        return (high << 16) | two_bytes();
    }
    std::size_t length() {
        std::size_t value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            const std::size_t next = byte();
            value |= (next & 0x7F) << shift;
            if ((next & 0x80) == 0) return value;
        }
        malformed();
    }
    std::string text() { return std::string{take(two_bytes())}; }
    Reader properties() { return Reader{take(length())}; }
    std::string rest() { return std::string{take(rest_.size())}; }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

    // Reads one property's value and drops it.
    void skip(std::uint8_t property) {
        switch (layout_of(property)) {
            case Layout::byte: take(1); break;
            case Layout::two_bytes: take(2); break;
            case Layout::four_bytes: take(4); break;
            case Layout::length: length(); break;
            case Layout::text: text(); break;
            case Layout::pair:
                text();
                text();
                break;
            case Layout::unknown: malformed();
        }
    }

private:
    std::string_view take(std::size_t count) {
        if (count > rest_.size()) malformed();
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view rest_;
};

}  // namespace

std::string connect(const PeerOptions& options) {
    Writer properties;
    properties.byte(session_expiry_s);
    properties.four_bytes(options.session_expiry_s);
    properties.byte(receive_maximum);
    properties.two_bytes(options.receive_maximum);
    const bool named = !options.user.empty();
    Writer writer;
    writer.text("MQTT");
    writer.byte(5);
    writer.byte((named ? 0xC0U : 0U) | (options.clean_start ? 0x02U : 0U));
    writer.two_bytes(0);  // no keep-alive: a test may stop the clocks
    writer.properties(properties);
    writer.text(options.client_id);
    if (named) {
        writer.text(options.user);
        writer.text(options.password);
    }
    return writer.packet(Type::connect, 0);
}

std::string publish(const Outgoing& message, std::uint16_t id) {
    Writer properties;
    if (message.expiry_s) {
        properties.byte(message_expiry_s);
        properties.four_bytes(*message.expiry_s);
    }
    properties.text_property(content_type, message.content_type);
    properties.text_property(response_topic, message.response_topic);
    properties.text_property(correlation, message.correlation);
    Writer writer;
    writer.text(message.topic);
    if (message.qos > 0) writer.two_bytes(id);
    writer.properties(properties);
    writer.payload(message.payload);
    return writer.packet(Type::publish, (message.qos > 0 ? 2U : 0U) | (message.retained ? 1U : 0U));
}

std::string puback(std::uint16_t id) {
    Writer writer;
    writer.two_bytes(id);
    return writer.packet(Type::puback, 0);
}

std::string subscribe(const std::string& filter, int qos, std::uint16_t id) {
    Writer writer;
    writer.two_bytes(id);
    writer.properties({});
    writer.text(filter);
    writer.byte(static_cast<std::size_t>(qos));
    return writer.packet(Type::subscribe, 2);
}

std::string unsubscribe(const std::string& filter, std::uint16_t id) {
    Writer writer;
    writer.two_bytes(id);
    writer.properties({});
    writer.text(filter);
    return writer.packet(Type::unsubscribe, 2);
}

std::string disconnect() { return Writer{}.packet(Type::disconnect, 0); }

std::optional<Packet> take(std::string& bytes) {
    std::size_t size = 0;
    std::size_t at = 1;
    for (int shift = 0;; shift += 7, ++at) {
        if (at >= bytes.size()) return std::nullopt;
        if (shift >= 28) malformed();
        const auto next = static_cast<std::uint8_t>(bytes[at]);
        size |= (next & std::size_t{0x7F}) << shift;
        if ((next & 0x80) == 0) break;
    }
    ++at;
    if (bytes.size() < at + size) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(bytes.front());
    Packet packet{.type = static_cast<Type>(first >> 4),
                  .flags = static_cast<std::uint8_t>(first & 0x0F),
                  .body = bytes.substr(at, size)};
    bytes.erase(0, at + size);
    return packet;
}

Connack read_connack(const Packet& packet) {
    Reader reader{packet.body};
    Connack connack;
    connack.session_present = (reader.byte() & 1) != 0;
    connack.reason = reader.byte();
    Reader properties = reader.properties();
    while (!properties.empty()) {
        const std::uint8_t property = properties.byte();
        if (property == receive_maximum) {
            connack.receive_maximum = properties.two_bytes();
        } else {
            properties.skip(property);
        }
    }
    return connack;
}

Ack read_ack(const Packet& packet) {
    Reader reader{packet.body};
    Ack ack;
    ack.id = reader.two_bytes();
    if (packet.type == Type::puback) {
        if (!reader.empty()) ack.reason = reader.byte();
        return ack;
    }
    reader.properties();
    while (!reader.empty()) ack.reason = reader.byte();
    return ack;
}

Publish read_publish(const Packet& packet) {
    Reader reader{packet.body};
    Publish publish;
    Received& message = publish.message;
    message.at = std::chrono::steady_clock::now();
    message.qos = (packet.flags >> 1) & 3;
    message.retained = (packet.flags & 1) != 0;
    message.duplicate = (packet.flags & 8) != 0;
    message.topic = reader.text();
    if (message.qos > 0) publish.id = reader.two_bytes();
    Reader properties = reader.properties();
    while (!properties.empty()) {
        const std::uint8_t property = properties.byte();
        switch (property) {
            case message_expiry_s: message.expiry_s = properties.four_bytes(); break;
            case content_type: message.content_type = properties.text(); break;
            case response_topic: message.response_topic = properties.text(); break;
            case correlation: message.correlation = properties.text(); break;
            default: properties.skip(property);
        }
    }
    message.payload = reader.rest();
    return publish;
}

}  // namespace lucheng::rig::packet

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <optional>

#include "daemon/config_sections.hpp"
#include "protocol/topics.hpp"

namespace lucheng::daemon {
namespace {

struct Broker {
    bool tls = false;
    std::string host{};
    std::string uri{};  // with its port
};

constexpr std::string_view form = "mqtts://host:port or mqtt://host:port is expected";

bool is_plain_host(std::string_view host) {
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return protocol::is_id(std::string_view{&c, 1}) || c == '.' || c == ':' || c == '[' ||
               c == ']';
    });
}

// Why it is none; empty: it is one.
std::string parse_uri(std::string_view text, Broker& broker) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || !parsed->has_authority()) return std::string{form};
    const auto& uri = *parsed;
    const auto scheme = uri.scheme();
    if (scheme != "mqtt" && scheme != "mqtts") return std::string{form};
    if (uri.has_userinfo()) return "the user belongs in username, the password in password_file";
    const bool more = uri.has_query() || uri.has_fragment() ||
                      (!uri.encoded_path().empty() && uri.encoded_path() != "/");
    if (more) return fmt::format("{}, and nothing after the port", form);
    broker.tls = scheme == "mqtts";
    const std::string bracketed{uri.encoded_host().data(), uri.encoded_host().size()};
    if (!is_plain_host(bracketed)) return fmt::format("{}; the host is missing or wrong", form);
    const bool six = bracketed.front() == '[';
    broker.host = six ? bracketed.substr(1, bracketed.size() - 2) : bracketed;
    const unsigned port = uri.port().empty() ? (broker.tls ? 8883U : 1883U) : uri.port_number();
    if (port == 0) return fmt::format("{}; allowed ports are 1 to 65535", form);
    broker.uri = fmt::format("{}://{}:{}", broker.tls ? "mqtts" : "mqtt", bracketed, port);
    return {};
}

void read_uri(const Table& table, LinkOptions& link, Problems& problems) {
    if (!table.has("uri")) return;
    Broker broker;
    if (const auto wrong = parse_uri(table.text("uri"), broker); !wrong.empty()) {
        table.refuse("uri", wrong);
        return;
    }
    link.uri = broker.uri;
    if (broker.tls) return;
    if (!is_loopback(broker.host, true) && !table.flag("without_tls")) {
        table.refuse("uri",
                     "without TLS only this machine itself is allowed: use mqtts://, or set "
                     "without_tls = true if the network is closed");
    }
    for (const std::string_view key : {"ca_file", "certificate_file", "private_key_file"}) {
        if (!table.has(key)) continue;
        problems.add(table.at(key),
                     fmt::format("{}{} has no use with mqtt://; it belongs to mqtts://",
                                 table.prefix(), key));
    }
}

void both_or_neither(const Table& table, std::string_view one, std::string_view other,
                     Problems& problems) {
    if (!table.has(one) || table.has(other)) return;
    problems.add(table.at(one),
                 fmt::format("{}{} is given without {}", table.prefix(), one, other));
}

void read_names(const Table& table, const Config& config, LinkOptions& link) {
    link.root = table.text("root");
    if (!protocol::is_root(link.root)) {
        table.refuse("root", "allowed are 1 to 8 levels of a-z, A-Z, 0-9, - and _, with / between");
    }
    link.client_id =
        table.has("client_id") ? table.text("client_id") : "cabinetd-" + config.cabinet.id.str();
    const bool plain = std::all_of(link.client_id.begin(), link.client_id.end(),
                                   [](char c) { return c > ' ' && c <= '~'; });
    if (!plain) table.refuse("client_id", "allowed is printable ASCII without spaces");
    link.cabinet = config.cabinet.id;
}

void read_times(const Table& table, LinkOptions& link, Problems& problems) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    link.keep_alive = seconds{table.number("keep_alive_s")};
    link.will_delay = seconds{table.number("will_delay_s")};
    link.session_expiry = std::chrono::hours{table.number("session_expiry_h")};
    link.reconnect_least = milliseconds{table.number("reconnect_least_ms")};
    link.reconnect_most = seconds{table.number("reconnect_most_s")};
    if (link.reconnect_least > link.reconnect_most) {
        problems.add(
            table.at("reconnect_least_ms"),
            fmt::format("broker.reconnect_least_ms is {} ms, more than reconnect_most_s "
                        "({} s): the waits could never grow",
                        table.number("reconnect_least_ms"), table.number("reconnect_most_s")));
    }
}

}  // namespace

void read_broker(const Value& root, LoadedConfig& loaded, Problems& problems) {
    const Table table{section_of(root, "broker", problems), "broker", "broker.", problems};
    auto& link = loaded.config.link;
    read_uri(table, link, problems);
    read_names(table, loaded.config, link);
    read_times(table, link, problems);
    link.username = table.text("username");
    link.password_file = table.text("password_file");
    link.ca_file = table.text("ca_file");
    link.certificate_file = table.text("certificate_file");
    link.private_key_file = table.text("private_key_file");
    both_or_neither(table, "certificate_file", "private_key_file", problems);
    both_or_neither(table, "private_key_file", "certificate_file", problems);
    both_or_neither(table, "password_file", "username", problems);
    note_file(table, "password_file", FileUse::secret, loaded.files);
    note_file(table, "ca_file", FileUse::plain, loaded.files);
    note_file(table, "certificate_file", FileUse::plain, loaded.files);
    note_file(table, "private_key_file", FileUse::secret, loaded.files);
}

}  // namespace lucheng::daemon

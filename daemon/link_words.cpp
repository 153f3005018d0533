#include "daemon/link_client.hpp"

namespace lucheng::daemon {

std::string reason_in_words(int reason) {
    switch (reason) {  // those that a broker may send to us; MQTT 5, 2.4
        case 0x00: return "normal end";
        case 0x10: return "nobody has subscribed";
        case 0x80: return "unspecified error";
        case 0x81: return "malformed packet";
        case 0x82: return "protocol error";
        case 0x83: return "refused by the broker's own rules";
        case 0x84: return "the broker does not speak MQTT 5";
        case 0x85: return "client id not accepted";
        case 0x86: return "wrong user name or password";
        case 0x87: return "not authorised";
        case 0x88: return "broker unavailable";
        case 0x89: return "broker busy";
        case 0x8a: return "banned";
        case 0x8b: return "broker shutting down";
        case 0x8c: return "wrong authentication method";
        case 0x8d: return "keep-alive missed";
        case 0x8e: return "session taken over: another client uses our client id";
        case 0x8f: return "topic filter not accepted";
        case 0x90: return "topic not accepted";
        case 0x93: return "too many unacknowledged messages";
        case 0x95: return "packet too large";
        case 0x96: return "message rate too high";
        case 0x97: return "quota exceeded";
        case 0x98: return "closed by the broker's operator";
        case 0x99: return "payload not accepted";
        case 0x9a: return "the broker keeps no retained messages";
        case 0x9b: return "the broker does not offer QoS 1";
        case 0x9c: return "use another broker";
        case 0x9d: return "the broker has moved";
        case 0x9f: return "connection rate exceeded";
        case 0xa0: return "longest connection time reached";
        default: return "reason " + std::to_string(reason);
    }
}

}  // namespace lucheng::daemon

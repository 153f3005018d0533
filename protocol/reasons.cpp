// style: table
#include "protocol/reasons.hpp"

#include <array>
#include <cstddef>

namespace lucheng::protocol {

namespace {

constexpr auto never = TryAgain::never;
constexpr auto later = TryAgain::later;
constexpr auto after_change = TryAgain::after_change;

// The sentences stand on screens and in operators' lists: short, plain, blaming nobody.
// clang-format off
constexpr std::array table{
    // the message itself
    ReasonText{Reason::malformed, "malformed", after_change,
               "The message could not be read.", "消息格式不正确，无法读取"},
    ReasonText{Reason::not_sealed, "not_sealed", after_change,
               "A code or card number must be sealed, and this one is known now: use another.",
               "取书码或卡号未加密，已视为泄露，请更换"},
    ReasonText{Reason::sealed_elsewhere, "sealed_elsewhere", after_change,
               "The codes are sealed to another key than this cabinet's.",
               "密文不是用本柜公钥加密的"},
    ReasonText{Reason::oversize, "oversize", after_change,
               "The message is too long.", "消息过长"},
    ReasonText{Reason::unknown_verb, "unknown_verb", after_change,
               "This cabinet's version does not know the command.", "当前版本不支持此指令"},
    ReasonText{Reason::bad_signature, "bad_signature", after_change,
               "The signature does not match the message.", "签名与内容不符"},
    ReasonText{Reason::unknown_key, "unknown_key", after_change,
               "The signing key is not known here.", "本柜没有登记此签名密钥"},
    ReasonText{Reason::not_permitted, "not_permitted", never,
               "This key may not ask for that.", "此密钥没有执行该操作的权限"},
    ReasonText{Reason::wrong_cabinet, "wrong_cabinet", never,
               "The message is for another cabinet.", "消息发往其他书柜"},
    ReasonText{Reason::retained, "retained", after_change,
               "A command must not be a retained message.", "指令不能设为保留消息"},
    ReasonText{Reason::expired, "expired", after_change,
               "The command came after its time.", "指令已过有效期"},
    ReasonText{Reason::not_yet_valid, "not_yet_valid", later,
               "The command's time lies ahead of the cabinet's clock.",
               "指令签发时间晚于书柜时钟"},
    ReasonText{Reason::validity_too_long, "validity_too_long", after_change,
               "The command is valid for longer than allowed.", "指令有效期超出上限"},
    ReasonText{Reason::too_old, "too_old", after_change,
               "The command is too old beside those already accepted.",
               "指令签发过早，请重新签发"},
    ReasonText{Reason::wrong_boot, "wrong_boot", after_change,
               "The cabinet's clock is not set: quote the boot id from its status.",
               "书柜时钟尚未校准，请附上状态中的启动编号"},
    ReasonText{Reason::id_reused, "id_reused", after_change,
               "The same id came before with other content.", "编号已用于另一条指令"},
    ReasonText{Reason::set_aside, "set_aside", later,
               "The message was set aside for a while after two restarts.",
               "处理此消息时两次重启，暂时搁置"},
    ReasonText{Reason::too_many_commands, "too_many_commands", later,
               "Too many commands came in a short time.", "近期指令过多，请稍后再试"},
    // deliveries
    ReasonText{Reason::superseded, "superseded", never,
               "A newer revision is already known.", "已有更新的版本"},
    ReasonText{Reason::unknown_delivery, "unknown_delivery", after_change,
               "This delivery is not known here.", "本柜没有此投递任务"},
    ReasonText{Reason::delivery_ended, "delivery_ended", never,
               "This delivery has already ended.", "此投递任务已结束"},
    ReasonText{Reason::delivery_exists, "delivery_exists", never,
               "This delivery is already here.", "此投递任务已在本柜"},
    ReasonText{Reason::code_in_use, "code_in_use", after_change,
               "The code is in use here: choose another.", "此码正在使用，请更换"},
    ReasonText{Reason::no_compartment, "no_compartment", later,
               "No suitable compartment is free.", "暂无合适的空格口"},
    ReasonText{Reason::wrong_state, "wrong_state", after_change,
               "The delivery's present state does not allow this.", "当前状态不能执行此操作"},
    ReasonText{Reason::already_deposited, "already_deposited", after_change,
               "The books are already inside: recall them instead.", "图书已入柜，请改用回收"},
    ReasonText{Reason::deadline_passed, "deadline_passed", after_change,
               "The pickup deadline lies in the past.", "取书期限已过"},
    ReasonText{Reason::bad_deadline, "bad_deadline", after_change,
               "The pickup deadline is missing or too far ahead.", "取书期限缺失或过远"},
    // compartments and the cabinet
    ReasonText{Reason::still_needed, "still_needed", later,
               "This person still has a delivery or a credential here.",
               "此人在本柜仍有投递任务或权限"},
    ReasonText{Reason::unknown_compartment, "unknown_compartment", never,
               "There is no such compartment here.", "本柜没有此格口"},
    ReasonText{Reason::compartment_busy, "compartment_busy", later,
               "The compartment is in use.", "格口正在使用"},
    ReasonText{Reason::out_of_service, "out_of_service", after_change,
               "The compartment is out of service.", "格口暂停使用"},
    ReasonText{Reason::cabinet_out_of_service, "cabinet_out_of_service", later,
               "The cabinet is out of service.", "书柜暂停服务"},
    ReasonText{Reason::hardware_lost, "hardware_lost", later,
               "The cabinet cannot reach its locks and switches.", "暂时无法连接柜锁和感应器"},
    ReasonText{Reason::jammed, "jammed", after_change,
               "The door did not open.", "柜门没有弹开"},
    ReasonText{Reason::store_full, "store_full", later,
               "The storage is nearly full: no new drop-offs.", "存储空间不足，暂不接收新投递"},
    ReasonText{Reason::remote_cap, "remote_cap", later,
               "This hour's limit for remote openings is reached.", "本小时远程开门次数已满"},
    ReasonText{Reason::unexplained_occupant, "unexplained_occupant", after_change,
               "Something unexpected is in the compartment.", "格口内有未登记的物品"},
    // the journal
    ReasonText{Reason::wrong_epoch, "wrong_epoch", after_change,
               "The epoch is not that of this journal.", "操作流水的代次不符"},
    ReasonText{Reason::wrong_hash, "wrong_hash", after_change,
               "The hash is not that of the entry.", "操作流水的校验值不符"},
    ReasonText{Reason::beyond_head, "beyond_head", later,
               "The journal has not reached that number.", "操作流水尚无此编号"},
    ReasonText{Reason::not_in_journal, "not_in_journal", never,
               "The journal holds no such entry.", "操作流水中没有此条记录"},
    // people at the cabinet
    ReasonText{Reason::code_unknown, "code_unknown", after_change,
               "Nothing was found for this code.", "未找到此码对应的记录，请核对"},
    ReasonText{Reason::card_unknown, "card_unknown", after_change,
               "Nothing was found for this card.", "未找到此证对应的记录"},
    ReasonText{Reason::token_unknown, "token_unknown", after_change,
               "This QR code opens nothing here.", "此二维码在本柜没有可取的书"},
    ReasonText{Reason::scan_unknown, "scan_unknown", after_change,
               "What was scanned could not be recognised.", "无法识别扫到的内容，请再试一次"},
    ReasonText{Reason::locked_out, "locked_out", later,
               "Codes are paused for a while. Cards still work.", "数字码暂停使用，仍可刷证"},
    ReasonText{Reason::not_here, "not_here", never,
               "This parcel is not for this cabinet.", "本柜无此包裹"},
    ReasonText{Reason::no_session, "no_session", after_change,
               "Please log in again.", "请重新登录"},
    ReasonText{Reason::wrong_session, "wrong_session", after_change,
               "This step is not possible now.", "当前不能执行此步骤"},
    ReasonText{Reason::busy, "busy", later,
               "Somebody else is at the screen.", "有人正在使用，请稍候"},
    ReasonText{Reason::lapsed, "lapsed", later,
               "It took too long. Please try again.", "等待过久，请再试一次"},
    ReasonText{Reason::returns_off, "returns_off", never,
               "Books cannot be returned at this cabinet.", "本柜不接收还书"},
    ReasonText{Reason::returns_full, "returns_full", later,
               "There is no space for returns now.", "还书柜格已满"},
    ReasonText{Reason::returns_limit, "returns_limit", later,
               "This card has no more returns here until some are taken away.",
               "此证在本柜的还书已达上限，待取走后可再还"},
    // what a self-test or a commissioning finds
    ReasonText{Reason::no_opening_seen, "no_opening_seen", after_change,
               "The door did not open, or its switch does not report.", "柜门未弹开，或门磁无反应"},
    ReasonText{Reason::switch_stuck, "switch_stuck", after_change,
               "The door opened, but its switch did not notice.", "柜门已弹开，门磁没有变化"},
    ReasonText{Reason::switch_inverted, "switch_inverted", after_change,
               "The switch reads open when the door is shut.", "门磁极性接反，关门时显示打开"},
    ReasonText{Reason::switch_swapped, "switch_swapped", after_change,
               "The switch of another door answered.", "门磁接到了另一扇柜门"},
    ReasonText{Reason::lock_swapped, "lock_swapped", after_change,
               "The lock opened another door.", "柜锁打开了另一扇柜门"},
    ReasonText{Reason::pair_swapped, "pair_swapped", after_change,
               "Lock and switch both belong to another door.", "柜锁和门磁都接到了另一扇柜门"},
    ReasonText{Reason::two_opened, "two_opened", after_change,
               "Two doors opened at once.", "两扇柜门同时弹开"},
    ReasonText{Reason::not_shut, "not_shut", after_change,
               "The door was not shut again.", "柜门没有重新关好"},
    ReasonText{Reason::no_sensor, "no_sensor", after_change,
               "Without a sensor nobody said that it is empty.", "无感应器，未经人工确认是否为空"},
    ReasonText{Reason::sensor_stuck, "sensor_stuck", after_change,
               "The sensor did not notice what was put in.", "放入物品后感应器没有变化"},
    ReasonText{Reason::nobody_there, "nobody_there", later,
               "Nobody was at the cabinet to go on.", "现场无人应答，检测中止"},
    ReasonText{Reason::test_running, "test_running", later,
               "A self-test is under way.", "自检正在进行"},
    // why a delivery or a compartment changed
    ReasonText{Reason::too_large, "too_large", after_change,
               "The parcel does not fit.", "放不下"},
    ReasonText{Reason::no_space, "no_space", later,
               "There is no space.", "没有空位"},
    ReasonText{Reason::damaged, "damaged", never,
               "The parcel is damaged.", "包裹破损"},
    ReasonText{Reason::wrong_parcel, "wrong_parcel", never,
               "It is another parcel.", "不是这件包裹"},
    ReasonText{Reason::wrong_compartment, "wrong_compartment", after_change,
               "It was put behind another open door.", "放进了另一个开着的格口"},
    ReasonText{Reason::by_staff, "by_staff", after_change,
               "Done by staff.", "由工作人员操作"},
    ReasonText{Reason::sensor_fault, "sensor_fault", after_change,
               "A sensor does not work.", "感应器故障"},
    ReasonText{Reason::door_fault, "door_fault", after_change,
               "A door does not work.", "柜门故障"},
    ReasonText{Reason::sensed_empty, "sensed_empty", after_change,
               "The compartment seems to be empty.", "感应显示格口为空"},
    ReasonText{Reason::sensed_occupied, "sensed_occupied", after_change,
               "The compartment seems to hold something.", "感应显示格口内有物品"},
    ReasonText{Reason::power_cut, "power_cut", later,
               "The power was cut.", "曾经断电"},
    ReasonText{Reason::courier_left, "courier_left", later,
               "The drop-off was not finished.", "投递未完成"},
    ReasonText{Reason::walk_needed, "walk_needed", after_change,
               "Staff must check every compartment first.", "需先逐格清点"},
    // a walk through every compartment
    ReasonText{Reason::walk_cap, "walk_cap", later,
               "This cabinet has been walked through often enough today.", "今日逐格清点次数已满"},
    ReasonText{Reason::found_missing, "found_missing", after_change,
               "Staff looked, and it was not there.", "工作人员清点时未见此件"},
};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].reason) != i) return false;
    }
    return table.size() == static_cast<std::size_t>(Reason::found_missing) + 1;
}
static_assert(in_order(), "every reason once, in the order of the enumeration");

}  // namespace

std::span<const ReasonText> reason_table() { return table; }

const ReasonText& text_of(Reason reason) { return table.at(static_cast<std::size_t>(reason)); }

std::string_view code_of(Reason reason) { return text_of(reason).code; }

std::string_view code_of(TryAgain try_again) {
    switch (try_again) {
        case TryAgain::never: return "never";
        case TryAgain::later: return "later";
        case TryAgain::after_change: return "after_change";
    }
    return {};
}

std::optional<Reason> reason_of(std::string_view code) {
    for (const auto& text : table) {
        if (text.code == code) return text.reason;
    }
    return std::nullopt;
}

}  // namespace lucheng::protocol

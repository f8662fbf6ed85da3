// A pool whose jobs are functions.

#include "admin/workers.h"

namespace admin {

Workers::Workers(std::size_t threads, std::size_t queue_length_max)
    : pool_(threads, pki::FirstInFirstOut<std::function<void()>>(queue_length_max),
            Pool::one_by_one([](const std::function<void()>& job) { job(); })) {}

}  // namespace admin

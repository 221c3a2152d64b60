/* czmq - CZMQ, without the macros of <syslog.h> that come with it: LOG_INFO is a level of our own log.
 *
 * Include it instead of <czmq.h>, in any order with broker/base/log.h. */
#ifndef BROKER_BASE_CZMQ_H
#define BROKER_BASE_CZMQ_H

#include <czmq.h>

#undef LOG_DEBUG
#undef LOG_INFO
#undef LOG_WARNING

#endif

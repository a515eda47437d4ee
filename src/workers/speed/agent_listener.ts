/** The port for agents, in the clear or with TLS; there it takes up a renewed certificate. */
import {
  type CertificateFiles,
  readCertificate,
  watchCertificate,
} from "../../runtime/certificate.ts";
import { listen, type Listener, type ListenOptions } from "../../sources/socket_listen.ts";

/** @throws {Error} where port or certificate can't be had, naming it. */
export function listenToAgents(
  tls: CertificateFiles | null,
  options: Omit<ListenOptions, "certificate">,
): Pick<Listener, "port" | "stop"> {
  if (tls === null) return listen(options);
  const { clock, log } = options;
  const listener = listen({ ...options, certificate: readCertificate(tls, clock.nowMs()) });
  const stopWatching = watchCertificate(tls, {
    clock,
    onChange: (certificate) => {
      listener.renew(certificate);
      log.info("a new certificate is in use for agents", { certificate: tls.certPath });
    },
    onRefused: (reason) => log.warn("the certificate in use for agents stays", { reason }),
  });
  return {
    port: listener.port,
    stop: () => {
      stopWatching();
      listener.stop();
    },
  };
}

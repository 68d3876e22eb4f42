// An app in small, on types made of the API's own document: signs in, looks, books, and hears what changed.
// Usage: node client.js URL NUMBER. The code that the number was sent comes by standard input; what came of it is
// told as one line of JSON. `tsc` fails where a call does not fit the document, and where a wrong one would.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[]; stdin: AsyncIterable<{ toString(): string }>; exit(code: number): never };

type Problem = components["schemas"]["ProblemDetails"];
type Appointment = components["schemas"]["Appointment"];

const [, , url = "", number = ""] = process.argv;
const device = "a-phone-of-a-client-01";
const api = createClient<paths>({ baseUrl: `${url}/api/v1`, headers: { "Accept-Language": "en" } });
const once = () => ({ header: { "Idempotency-Key": crypto.randomUUID() } });

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function typed(): Promise<string> {
  for await (const line of process.stdin) return line.toString().trim();
  throw new Error("nobody typed a code");
}

async function signIn(): Promise<void> {
  const begun = must(await api.POST("/auth/otp", { params: once(), body: { number, device } }));
  console.log(JSON.stringify({ waits: begun.expires_in }));
  const body = { request_id: begun.request_id, code: await typed(), device, device_name: "A client" };
  const tokens = must(await api.POST("/auth/otp/verify", { params: once(), body }));
  api.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${tokens.access_token}`);
    },
  });
}

async function booked(service: string): Promise<Appointment> {
  const places = must(await api.GET("/appointments/places", { params: { query: { service } } }));
  const place = places.items[places.items.length - 1]!.id;
  const days = must(await api.GET("/appointments/days", { params: { query: { service, place } } }));
  const day = days.items[days.items.length - 1]!;
  const times = must(await api.GET("/appointments/times", { params: { query: { service, place, day } } }));
  const params = once();
  const body = { service, slot: times.items[0]!.slot, place };
  const first = must(await api.POST("/appointments", { params, body }));
  // As after an answer that was lost: the same key is the same visit.
  const again = must(await api.POST("/appointments", { params, body }));
  if (!("id" in first) || !("id" in again) || first.id !== again.id) throw new Error("booked twice");
  return first;
}

// What the types must not let through: were they any, or as loose, `tsc` would say that nothing is wrong here.
export async function refusedByTheTypes(): Promise<void> {
  // @ts-expect-error no such path
  await api.GET("/application");
  // @ts-expect-error a write needs its Idempotency-Key
  await api.POST("/auth/otp", { body: { number, device } });
  // @ts-expect-error no such field
  await api.PATCH("/me", { params: once(), body: { tongue: "az" } });
  // @ts-expect-error a move needs If-Match
  await api.POST("/appointments/{id}/move", { params: { ...once(), path: { id: "1" } }, body: { slot: "1" } });
  // @ts-expect-error an application has no such thing
  must(await api.GET("/applications", {})).items[0]?.colour;
}

async function main(): Promise<void> {
  await signIn();
  const began = must(await api.GET("/changes", {}));
  const applications = must(await api.GET("/applications", { params: { query: { limit: 10 } } }));
  const visit = await booked("passport");
  const since = began.next;
  const told = must(await api.GET("/changes", { params: { query: { since } } }));
  const path = { id: visit.id };
  const file = await api.GET("/appointments/{id}/visit.ics", { params: { path }, parseAs: "text" });
  await api.DELETE("/appointments/{id}", { params: { ...once(), path } });
  const gone = must(await api.GET("/changes", { params: { query: { since: told.next } } }));
  const nobodys = await api.GET("/applications/{reference}", { params: { path: { reference: "41999992" } } });
  const problem: Problem | undefined = nobodys.error;
  console.log(
    JSON.stringify({
      whole: began.whole,
      references: applications.items.map((each) => each.reference),
      visit: visit.id,
      booked: (told.appointments ?? []).map((each) => each.id),
      calendar: must(file).split("\r\n")[0],
      gone: (gone.gone ?? []).map((each) => each.id),
      problem: problem?.code,
    }),
  );
  process.exit(0);
}

main().catch((failure: unknown) => {
  console.error(failure);
  process.exit(1);
});

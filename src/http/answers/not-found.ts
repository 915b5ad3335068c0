import { MethodNotAllowedError, RouteNotFoundError } from '../../errors/http.ts';
import { findNearest } from '../../util/nearest.ts';

export interface RouteName {
  method: string;
  /** Path with `{name}` for each parameter. */
  path: string;
}

/**
 * Returns the error for a request that no route matches: MethodNotAllowedError, or RouteNotFoundError with
 * the routes that were probably meant.
 */
export function explainNoRoute(method: string, path: string, routes: readonly RouteName[]): Error {
  const same = routes.filter((route) => matchesTemplate(route.path, path));
  const [first] = same;
  if (first) {
    const allow = [...new Set(same.map((route) => route.method.toUpperCase()))];
    return new MethodNotAllowedError(method, first.path, allow);
  }
  const near = suggestRoutes(path, routes);
  const hint = /^\/v1\/sessions\/[^/]+\/[^/]+/.test(path)
    ? " A session's id is percent-encoded in a path, its slashes too (%2F)."
    : '';
  return new RouteNotFoundError(path, near, hint);
}

function matchesTemplate(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length && wanted.every((part, i) => part.startsWith('{') || part === given[i])
  );
}

function suggestRoutes(path: string, routes: readonly RouteName[]): string[] {
  const given = path.split('/').slice(1, 12);
  return routes
    .map((route) => ({
      name: `${route.method.toUpperCase()} ${route.path}`,
      cost: leastCost(route.path, given),
    }))
    .filter(({ cost }) => cost <= 3)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Returns the lower cost of the path with and without `/v1`, which users tend to omit. */
function leastCost(template: string, given: readonly string[]): number {
  return Math.min(routeCost(template, given), routeCost(template, ['v1', ...given]) + 1);
}

/**
 * Returns the distance between a route and a path: 0 for a match, 1 for a mistyped segment, more for a wrong
 * or missing one.
 */
function routeCost(template: string, given: readonly string[]): number {
  const wanted = template.split('/').slice(1);
  let sum = 2 * Math.abs(wanted.length - given.length);
  for (const [index, part] of wanted.entries()) {
    const segment = given[index];
    if (part.startsWith('{') || segment === undefined || segment === part) continue;
    sum += findNearest(segment, [part]) === undefined ? 4 : 1;
  }
  return sum;
}

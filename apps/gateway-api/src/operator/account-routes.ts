import type { FastifyInstance } from 'fastify';
import { createGroupBody, createUserBody, updateGroupBody, updateUserBody } from '#contracts/http/operator';
import type { Groups } from '../accounts/groups.js';
import type { UserDeletion } from '../accounts/user-deletion.js';
import type { Users } from '../accounts/users.js';
import { bodyReader, readId } from './requests.js';

const readCreateGroup = bodyReader(createGroupBody);
const readUpdateGroup = bodyReader(updateGroupBody);
const readCreateUser = bodyReader(createUserBody);
const readUpdateUser = bodyReader(updateUserBody);

export function routeGroups(server: FastifyInstance, groups: Groups): void {
  server.get('/groups', () => groups.list());
  server.post('/groups', async ({ body }, reply) => {
    reply.status(201);
    return groups.create(readCreateGroup(body));
  });
  server.patch<{ Params: { name: string } }>('/groups/:name', ({ params, body }) =>
    groups.update(params.name, readUpdateGroup(body)),
  );
}

export function routeUsers(server: FastifyInstance, users: Users, deletion: UserDeletion): void {
  server.get('/users', () => users.list());
  server.post('/users', async ({ body }, reply) => {
    reply.status(201);
    return users.create(readCreateUser(body));
  });
  server.get<{ Params: { id: string } }>('/users/:id', ({ params }) =>
    users.withId(readId(params.id, 'user')),
  );
  server.patch<{ Params: { id: string } }>('/users/:id', ({ params, body }) =>
    users.update(readId(params.id, 'user'), readUpdateUser(body)),
  );
  server.delete<{ Params: { id: string } }>('/users/:id', ({ params }) =>
    deletion.delete(readId(params.id, 'user')),
  );
}

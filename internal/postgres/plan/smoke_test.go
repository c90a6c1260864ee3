package plan

import (
	"fmt"
	"testing"
)

func TestSmoke(t *testing.T) {
	f := newShop(t)
	for _, q := range []string{
		"select * from customers where id = $1",
		"select name from customers where id = 5",
		"select c.name, o.total from customers c join orders o on o.customer_id = c.id where c.city = 'x' order by o.placed desc limit 5",
		"select city, count(*), sum(id) from customers group by city having count(*) > 3 order by 2 desc",
		"update customers set name = 'x' where id = $1",
		"insert into customers (id, name) values (1, 'a'), (2, 'b') on conflict (id) do update set name = excluded.name returning *",
		"with recursive t(n) as (values (1) union all select n+1 from t where n < 100) select sum(n) from t",
		"select * from customers c where exists (select 1 from orders o where o.customer_id = c.id)",
		"select (select max(total) from orders o where o.customer_id = c.id) from customers c",
		"select row_number() over (partition by city order by name) from customers",
		"delete from orders where id in (select order_id from items where qty > 5)",
		"select * from big_orders where id = 7",
		"select max(id) from orders",
		"select * from customers where id = any($1)",
		"select * from customers where name like 'abc%' and lower(name) = 'x'",
		"select * from customers where id in (1,2,3) order by id desc",
		"select id from orders order by customer_id desc, placed desc limit 10",
		"select * from orders where total > 200",
		"select c.id from customers c left join orders o on o.customer_id = c.id where o.id is null",
		"select distinct on (city) * from customers order by city, id",
		"select generate_series(1,3), unnest(array[1,2])",
		"select * from orders o, lateral (select * from items i where i.order_id = o.id order by qty limit 2) x where o.id = 3",
		"select a.city, b.n from customers a join city_counts b using (city) where a.id = 4",
		"select 1 union select 2 union all select 3 order by 1 limit 1",
		"select * from customers for update skip locked",
		"values (1, 'a'), (2, 'b')",
	} {
		p, err := f.build(q)
		fmt.Println("--", q)
		if err != nil {
			fmt.Println("ERR", err)
			continue
		}
		for _, l := range Explain(p, ExplainOptions{Costs: true}) {
			fmt.Println(l)
		}
	}
}

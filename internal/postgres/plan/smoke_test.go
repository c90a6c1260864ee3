package plan

import (
	"fmt"
	"testing"
)

func dump(n Node, depth int) {
	fmt.Printf("%*s%T %v rows=%v cost=%.2f\n", depth*2, "", n, len(n.Out()), n.Est().Rows, n.Est().Total)
	for _, c := range kids(n) {
		dump(c, depth+1)
	}
}

func kids(n Node) []Node { return n.Inputs() }

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
	} {
		p, err := f.build(q)
		fmt.Println("--", q)
		if err != nil {
			fmt.Println("ERR", err)
			continue
		}
		dump(p.Root, 0)
	}
}
